import Foundation

/// Keeps a second metricsd off a state directory: `flock(2)` on its file `lock`, which holds the owner's process id.
///
/// The kernel ends the lock with the process, so nothing stays behind after a crash. Held while the value lives.
package final class StateDirectoryLock: Sendable {
    private let descriptor: Int32

    /// Creates the directory (0700) where it is missing. Throws `.alreadyRunning` with the other's process id.
    package init(directory: String) throws(JournalError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw JournalError(
                kind: .inaccessible,
                operation: "create the directory of",
                path: directory,
                code: 0,
                libraryText: error.localizedDescription
            )
        }
        let path = StateDirectoryLock.path(in: directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw JournalError(errno: errno, operation: "lock", path: path) }
        // A `status` that looks for the owner holds a shared lock for an instant.
        for attempt in 1... {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { break }
            let code = errno
            if code == EWOULDBLOCK || code == EINTR, attempt < 5 {
                usleep(20_000)
                continue
            }
            let owner = StateDirectoryLock.owner(from: descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else { throw JournalError(errno: code, operation: "lock", path: path) }
            throw JournalError(
                kind: .alreadyRunning(pid: owner),
                operation: "lock",
                path: path,
                code: code,
                libraryText: "locked by another process"
            )
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let code = errno
            close(descriptor)
            throw JournalError(errno: code, operation: "lock", path: path)
        }
        self.descriptor = descriptor
    }

    deinit {
        // The file stays: removing it would let a third process lock a file that nobody else sees.
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Whether a metricsd runs on the state directory, and its process id where known.
    package enum Owner: Equatable, Sendable {
        case none
        case running(pid: Int32?)
    }

    /// Does not wait. A directory or lock that cannot be read counts as not running.
    package static func owner(of directory: String) -> Owner {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return .none }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return .none }
        return .running(pid: owner(from: descriptor))
    }

    private static func path(in directory: String) -> String { "\(directory)/lock" }

    private static func owner(from descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
