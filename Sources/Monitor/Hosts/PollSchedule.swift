/// When something recurring is due: every `interval` from its first turn on. A turn that could not be taken before the
/// next one came is skipped and counted; it is never queued behind the next.
package struct PollSchedule: Sendable {
    package let interval: Duration
    package private(set) var due: ContinuousClock.Instant
    /// Turns that passed untaken since the start.
    package private(set) var skipped = 0
    /// The worst delay between a turn and what was done for it.
    package private(set) var worstLateness: Duration = .zero

    package init(interval: Duration, first: ContinuousClock.Instant) {
        self.interval = interval
        due = first
    }

    package func isDue(at now: ContinuousClock.Instant) -> Bool { now >= due }

    /// The turn is taken now, or the newest of those that have come: the ones before it are skipped.
    package mutating func begin(at now: ContinuousClock.Instant) {
        let late = max(due.duration(to: now), .zero)
        if late < interval {
            // The usual case, apart because dividing durations is arithmetic of 128 bits.
            worstLateness = max(worstLateness, late)
            due += interval
            return
        }
        let missed = Int(late / interval)
        skipped += missed
        worstLateness = max(worstLateness, late - interval * missed)
        due += interval * (missed + 1)
    }

    /// The skipped turns and the worst lateness since they were last taken.
    package mutating func takePunctuality() -> (skipped: Int, worstLateness: Duration) {
        defer {
            skipped = 0
            worstLateness = .zero
        }
        return (skipped, worstLateness)
    }

    /// Nothing could be done until now (the host was away): an outage, not skipped turns.
    package mutating func restart(at now: ContinuousClock.Instant) {
        due = now
    }
}
