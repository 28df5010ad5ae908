import CLinux
import Glibc

/// Lets one thread sleep until another rings or a moment comes: an `eventfd` (`man 2 eventfd`).
///
/// `Synchronization` has no condition variable; an eventfd keeps its ring until somebody looks, so none is lost.
final class WakeUp: Sendable {
    private let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        // Only an exhausted descriptor table makes it fail; nothing could be started then.
        precondition(descriptor >= 0, "no file descriptor left for an eventfd; raise ulimit -n")
    }

    deinit { close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Blocks until somebody rings or `deadline` has passed. Returns whether it rang.
    @discardableResult
    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            let milliseconds = left <= .zero ? 0 : min(left.milliseconds + 1, 3_600_000)
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, Int32(milliseconds))
            if ready > 0 {
                var rings: UInt64 = 0
                _ = read(descriptor, &rings, MemoryLayout<UInt64>.size)
                return true
            }
            if ready == 0, ContinuousClock.now >= deadline { return false }
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Whole nanoseconds; only for what lasts less than three centuries.
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    /// Whole microseconds, rounded down.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Seconds with fraction, for people.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
