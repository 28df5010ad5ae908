import Synchronization

/// How the rest of the program speaks to a drain's thread: there is work, or: come to an end.
final class DrainSignal: Sendable {
    private let wakeUp = WakeUp()
    private let end = Mutex<ContinuousClock.Instant?>(nil)

    /// There is something to drain.
    func ring() {
        wakeUp.ring()
    }

    /// Nothing more will come: drain what is there, but not beyond the deadline.
    func finish(by deadline: ContinuousClock.Instant) {
        end.withLock { $0 = deadline }
        wakeUp.ring()
    }

    /// Set once the drain is to end.
    var deadline: ContinuousClock.Instant? { end.withLock { $0 } }

    /// Whether the time to end has come, drained or not.
    var isOver: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Blocks for `duration`, until there is a ring, or until the drain's deadline.
    func wait(for duration: Duration) {
        let until = ContinuousClock.now + duration
        wakeUp.wait(until: min(until, deadline ?? until))
    }

    /// Blocks for `duration` whatever rings, but not once the drain is to end.
    func pause(for duration: Duration) {
        let until = ContinuousClock.now + duration
        while deadline == nil, ContinuousClock.now < until { wakeUp.wait(until: until) }
    }
}
