import CLinux

/// One wait for several descriptors (`man 2 poll`), filled anew for each turn of a loop.
struct ReadinessWait {
    private var entries: [pollfd] = []
    private var deadline: UInt64?

    /// - Parameter events: 0 only tells of the other end's closing.
    mutating func add(_ descriptor: Int32, _ events: Int32 = POLLIN) {
        entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    }

    /// Ends the wait at this time of `SystemClock.uptimeNanoseconds` at the latest.
    mutating func wake(at time: UInt64?) {
        guard let time else { return }
        deadline = min(deadline ?? time, time)
    }

    mutating func wait() {
        var timeout: Int32 = -1
        if let deadline {
            let now = SystemClock.uptimeNanoseconds()
            // Rounded up, so that the deadline has passed when the wait has ended.
            timeout = deadline <= now ? 0 : Int32(min((deadline - now) / 1_000_000 + 1, 60_000))
        }
        if poll(&entries, nfds_t(entries.count), timeout) < 0 {
            // Interrupted: what was found is undefined.
            for index in entries.indices { entries[index].revents = 0 }
        }
    }

    func isReady(_ descriptor: Int32) -> Bool { happened(on: descriptor) != 0 }

    /// Whether nobody is at the other end of a descriptor for output any more: a pipe says so by POLLERR, a socket
    /// by POLLHUP once both directions are closed.
    func isBroken(_ descriptor: Int32) -> Bool { happened(on: descriptor) & (POLLERR | POLLHUP | POLLNVAL) != 0 }

    private func happened(on descriptor: Int32) -> Int32 {
        for entry in entries where entry.fd == descriptor { return Int32(entry.revents) }
        return 0
    }
}
