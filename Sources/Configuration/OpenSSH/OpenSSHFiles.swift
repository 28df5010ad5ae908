import Foundation

/// Reads the files of an OpenSSH client configuration from the disk, each once.
final class OpenSSHFiles {
    private static let sizeLimit = 1 << 20
    private static let countLimit = 200

    private let account: LocalAccount
    private var known: [String: Result<OpenSSHConfiguration, Unreadable>] = [:]

    struct Unreadable: Error {
        let reason: String
        var isMissing = false
        /// Read as empty, as ssh does.
        var isDirectory = false
    }

    init(account: LocalAccount) {
        self.account = account
    }

    /// Blocks for reading it and what it includes. - Throws: why it cannot be read.
    func configuration(_ path: String) throws(Unreadable) -> OpenSSHConfiguration {
        if let known = known[path] { return try known.get() }
        let result: Result<OpenSSHConfiguration, Unreadable>
        do throws(Unreadable) {
            let text = try Self.read(path)
            var included = Included()
            let configuration = OpenSSHConfiguration(text, file: path) { pattern in
                files(pattern).compactMap { included.read($0) }
            }
            if let failure = included.failure { throw failure }
            result = .success(configuration)
        } catch {
            result = .failure(error)
        }
        known[path] = result
        return try result.get()
    }

    /// What one file includes, and they again. The first that cannot be read keeps all of it from being used, as with ssh:
    /// what stands there may be the way to a host.
    private struct Included {
        private var count = 0
        private(set) var failure: Unreadable?

        mutating func read(_ file: String) -> (file: String, text: [UInt8])? {
            guard failure == nil else { return nil }
            count += 1
            guard count <= countLimit else {
                failure = Unreadable(reason: "it includes more than \(countLimit) files")
                return nil
            }
            do throws(Unreadable) {
                return (file, try OpenSSHFiles.read(file))
            } catch {
                if !error.isDirectory { failure = Unreadable(reason: "it includes \(file): \(error.reason)") }
                return nil
            }
        }
    }

    /// Relative ones stand in ~/.ssh, as those of a user's configuration do.
    private func files(_ pattern: String) -> [String] {
        let path = account.absolute(pattern, from: "\(account.home)/.ssh")
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(path, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    private static func read(_ path: String) throws(Unreadable) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Unreadable(reason: String(cString: strerror(errno)), isMissing: errno == ENOENT)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Unreadable(reason: "it is no file", isDirectory: status.st_mode & S_IFMT == S_IFDIR)
        }
        guard status.st_size <= sizeLimit else { throw Unreadable(reason: "it is larger than 1 MiB") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Unreadable(reason: String(cString: strerror(errno))) }
        return Array(bytes.prefix(count))
    }
}
