import Synchronization

/// What the host threads count together: metricsd's own punctuality.
package final class PollCounters: Sendable {
    package struct Totals: Sendable {
        package var polls = 0
        package var skipped = 0
        package var worstLateness: Duration = .zero
    }

    private let totals = Mutex(Totals())

    package init() {}

    /// One more poll of metrics.
    func add(_ punctuality: (skipped: Int, worstLateness: Duration)) {
        totals.withLock {
            $0.polls += 1
            $0.skipped += punctuality.skipped
            $0.worstLateness = max($0.worstLateness, punctuality.worstLateness)
        }
    }

    func skip(_ count: Int) {
        totals.withLock { $0.skipped += count }
    }

    package var current: Totals { totals.withLock { $0 } }

    /// The totals since the last call.
    package func take() -> Totals {
        totals.withLock { totals in
            defer { totals = Totals() }
            return totals
        }
    }
}
