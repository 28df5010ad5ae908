import Synchronization

/// What the host threads count together: metricsd's own punctuality.
package final class PollCounters: Sendable {
    package struct Totals: Sendable {
        package var polls = 0
        package var skipped = 0
        package var worstLateness: Duration = .zero

        fileprivate mutating func add(_ punctuality: (skipped: Int, worstLateness: Duration)) {
            polls += 1
            skipped += punctuality.skipped
            worstLateness = max(worstLateness, punctuality.worstLateness)
        }
    }

    /// Since the log was told, and since they were stored.
    private let totals = Mutex((log: Totals(), metrics: Totals()))

    package init() {}

    /// One more poll of metrics.
    func add(_ punctuality: (skipped: Int, worstLateness: Duration)) {
        totals.withLock {
            $0.log.add(punctuality)
            $0.metrics.add(punctuality)
        }
    }

    func skip(_ count: Int) {
        totals.withLock {
            $0.log.skipped += count
            $0.metrics.skipped += count
        }
    }

    package var current: Totals { totals.withLock { $0.log } }

    /// The totals since the last call.
    package func take() -> Totals {
        totals.withLock { totals in
            defer { totals.log = Totals() }
            return totals.log
        }
    }

    /// The same for metricsd's own metrics, counted apart.
    func takeForMetrics() -> Totals {
        totals.withLock { totals in
            defer { totals.metrics = Totals() }
            return totals.metrics
        }
    }
}
