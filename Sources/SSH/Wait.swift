import CLibSSH2
import Glibc

/// How a wait ended.
enum WaitEnd { case ready, deadline, interrupted }

extension Interrupt {
    /// Blocks until one of the descriptors is ready (their `revents` say which), the interrupt is raised, or the
    /// deadline has passed. The interrupt wins.
    func wait(_ entries: inout [pollfd], until deadline: ContinuousClock.Instant) -> WaitEnd {
        entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        defer { entries.removeLast() }
        while true {
            let count = poll(&entries, nfds_t(entries.count), deadline.pollTimeout)
            if count > 0 { return entries[entries.count - 1].revents != 0 ? .interrupted : .ready }
            if count == 0, ContinuousClock.now >= deadline { return .deadline }
        }
    }

    /// The same for one descriptor, without an allocation.
    func wait(_ socket: CInt, _ events: Int32, until deadline: ContinuousClock.Instant) -> WaitEnd {
        var entries = (
            pollfd(fd: socket, events: Int16(events), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        )
        while true {
            // A tuple of two equal structs has the layout of an array of two.
            let count = withUnsafeMutablePointer(to: &entries) {
                $0.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, deadline.pollTimeout) }
            }
            if count > 0 { return entries.1.revents != 0 ? .interrupted : .ready }
            if count == 0, ContinuousClock.now >= deadline { return .deadline }
        }
    }
}

extension Interrupt {
    /// Blocks until the connection ends, the interrupt is raised or the deadline has passed; what comes over the
    /// connection meanwhile waits. To the nanosecond, so that threads with the same deadline wake together.
    func rest(_ socket: CInt, until deadline: ContinuousClock.Instant) {
        var entries = (
            pollfd(fd: socket, events: Int16(metricsd_pollrdhup), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        )
        while true {
            let left = ContinuousClock.now.duration(to: deadline).components
            guard left.seconds >= 0, left.attoseconds >= 0 else { return }
            var timeout = timespec(tv_sec: Int(left.seconds), tv_nsec: Int(left.attoseconds / 1_000_000_000))
            // A tuple of two equal structs has the layout of an array of two.
            let count = withUnsafeMutablePointer(to: &entries) {
                $0.withMemoryRebound(to: pollfd.self, capacity: 2) { ppoll($0, 2, &timeout, nil) }
            }
            if count > 0 { return }
        }
    }
}

extension ContinuousClock.Instant {
    /// Milliseconds from now, rounded up, for poll(2).
    var pollTimeout: CInt {
        let left = ContinuousClock.now.duration(to: self).components
        if left.seconds < 0 || left.attoseconds < 0 { return 0 }
        let milliseconds = left.seconds * 1_000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return CInt(clamping: milliseconds)
    }
}

/// What errno means, as the C library says it.
func errnoText(_ number: CInt) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
