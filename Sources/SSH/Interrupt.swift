import CLibSSH2
import Glibc

/// Wakes every wait of the sessions that were given it, at once and from any thread.
///
/// It stays raised until it is lowered, so a wait that begins later ends at once as well.
package final class Interrupt: Sendable {
    /// An eventfd(2), readable while raised.
    let descriptor: CInt

    package init() {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(descriptor >= 0, "eventfd: out of file descriptors")
    }

    deinit { close(descriptor) }

    package func raise() {
        _ = eventfd_write(descriptor, 1)
    }

    /// Back to the state in which waits wait.
    package func lower() {
        var value: eventfd_t = 0
        _ = eventfd_read(descriptor, &value)
    }

    package var isRaised: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Blocks until the deadline. False when it is, or was, raised.
    @available(*, noasync)
    package func sleep(until deadline: ContinuousClock.Instant) -> Bool {
        var nothing: [pollfd] = []
        return wait(&nothing, until: deadline) == .deadline
    }
}
