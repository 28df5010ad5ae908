import Synchronization

/// How many hosts are caught up on at once. What a host sends ahead lies in memory until it is read, and more of them at a
/// time than there are processors bring nothing sooner. Hosts that are not behind are not counted.
final class CatchUps: Sendable {
    /// When to ask again.
    static let pause = Duration.milliseconds(50)

    private let limit: Int
    private let running = Mutex(0)

    init(limit: Int = 8) { self.limit = limit }

    /// Whether there was a place; it is to be left again.
    func enter() -> Bool {
        running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
    }

    func leave() { running.withLock { $0 -= 1 } }
}
