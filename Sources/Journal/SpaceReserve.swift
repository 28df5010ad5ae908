import Foundation
import Synchronization

/// Disk space put aside for the drains.
///
/// SQLite needs room in its log even to delete. On a full file system a backlog could therefore never shrink, although
/// MySQL is back: nothing would ever free the space but a person. So a file of `bytes` waits beside the journal, and
/// goes when a drain finds the disk full; it comes back when there is room for it.
final class SpaceReserve: Sendable {
    /// More than the log grows to before a checkpoint (1,000 pages of 4 KiB) and one drained batch.
    static let bytes: Int = 8 << 20

    private let path: String
    private let isHeld: Mutex<Bool>

    /// Puts the space aside where there is room.
    init(beside journal: String) {
        path = "\(journal)-reserve"
        isHeld = Mutex(SpaceReserve.allocate(path))
    }

    /// Gives the space to whoever needs it now; false when it was given already.
    func release() -> Bool {
        isHeld.withLock { isHeld in
            defer { isHeld = false }
            return unlink(path) == 0 && isHeld
        }
    }

    /// Whether the space is put aside, after trying to.
    func restore() -> Bool {
        isHeld.withLock { isHeld in
            if !isHeld { isHeld = SpaceReserve.allocate(path) }
            return isHeld
        }
    }

    private static func allocate(_ path: String) -> Bool {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Real blocks, not a hole: posix_fallocate(3).
        guard posix_fallocate(descriptor, 0, off_t(bytes)) == 0 else {
            unlink(path)
            return false
        }
        return true
    }
}
