import Foundation

/// The bytes of a configuration file and who may read it.
struct ConfigurationFile: Sendable {
    let path: String
    let bytes: [UInt8]
    /// Permission bits of `st_mode` (`man 7 inode`).
    let mode: mode_t

    var isReadableByOthers: Bool { mode & 0o044 != 0 }

    /// The absolute folder relative paths of the file start from.
    var folder: String {
        URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
    }

    init(path: String, bytes: [UInt8], mode: mode_t = 0o600) {
        self.path = path
        self.bytes = bytes
        self.mode = mode
    }

    /// Reads a regular file up to the limit. Blocks for the read only: pipes and devices are refused unread.
    init(reading path: String, limits: DocumentLimits = .standard) throws(DocumentError) {
        // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ConfigurationFile.refusal(errno) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ConfigurationFile.refusal(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            break
        case S_IFDIR:
            throw DocumentError(what: "this is a directory", allowed: "name the configuration file in it")
        default:
            throw DocumentError(what: "this is not a regular file", allowed: "pipes and devices are not read")
        }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ConfigurationFile.refusal(errno) }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= limits.fileBytes else {
                throw DocumentError(
                    what: "the file is larger than \(SizeText.format(limits.fileBytes))",
                    allowed: "a configuration file is at most that large"
                )
            }
        }
        self.init(path: path, bytes: bytes, mode: status.st_mode & 0o7777)
    }

    private static func refusal(_ code: Int32) -> DocumentError {
        switch code {
        case ENOENT, ENOTDIR:
            DocumentError(what: "there is no such file", allowed: "create it or name another one with --config FILE")
        case EACCES, EPERM:
            DocumentError(what: "the file cannot be read: permission denied", allowed: "let this account read it")
        case ELOOP, ENAMETOOLONG:
            DocumentError(what: "the file cannot be opened: \(String(cString: strerror(code)))", allowed: nil)
        default:
            DocumentError(what: "the file cannot be read: \(String(cString: strerror(code)))", allowed: nil)
        }
    }
}
