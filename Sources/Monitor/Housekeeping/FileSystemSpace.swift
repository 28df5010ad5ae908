import Glibc

/// What a file system has, in bytes (`man 3 statvfs`).
struct FileSystemSpace: Equatable, Sendable {
    var total: UInt64
    /// For those who are not root.
    var free: UInt64

    init(total: UInt64, free: UInt64) {
        self.total = total
        self.free = free
    }

    /// Nil where it cannot be asked. Does not block but on a file system that hangs.
    init?(of path: String) {
        var answer = statvfs()
        guard statvfs(path, &answer) == 0 else { return nil }
        total = UInt64(answer.f_blocks) * UInt64(answer.f_frsize)
        free = UInt64(answer.f_bavail) * UInt64(answer.f_frsize)
    }
}
