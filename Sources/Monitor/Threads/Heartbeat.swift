import Synchronization

/// When a thread that must never hang was last seen to go on.
package final class Heartbeat: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func beat() {
        last.withLock { $0 = .now }
    }

    package var age: Duration { last.withLock { $0 }.duration(to: .now) }
}
