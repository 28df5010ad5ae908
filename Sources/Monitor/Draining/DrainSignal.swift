import Synchronization

/// How the rest of the program speaks to a drain's thread: there is work, or: come to an end.
final class DrainSignal: Sendable {
    private let wakeUp = WakeUp()
    private let end = Mutex<(deadline: ContinuousClock.Instant?, limit: ContinuousClock.Instant?)>((nil, nil))

    /// There is something to drain.
    func ring() {
        wakeUp.ring()
    }

    /// Nothing more will come: drain what is there, but not beyond the deadline.
    func finish(by deadline: ContinuousClock.Instant) {
        end.withLock { $0.deadline = deadline }
        wakeUp.ring()
    }

    /// Whatever the deadline is or will be, it shall not be later.
    func hurry(by limit: ContinuousClock.Instant) {
        end.withLock { $0.limit = limit }
        wakeUp.ring()
    }

    /// Set once the drain is to end.
    var deadline: ContinuousClock.Instant? {
        end.withLock { end in end.deadline.map { min($0, end.limit ?? $0) } }
    }

    /// Whether the time to end has come, drained or not.
    var isOver: Bool { isOver(within: .zero) }

    /// Whether it will have come after `duration`.
    func isOver(within duration: Duration) -> Bool { deadline.map { ContinuousClock.now + duration >= $0 } ?? false }

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
