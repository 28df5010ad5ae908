/// How long to wait before the next try: exponential with jitter, so that a fleet behind one failed switch does not
/// come back as one knock.
///
/// The delay doubles from `first` to `limit`; of each, a random half is kept (AWS Architecture Blog, "Exponential
/// Backoff And Jitter", the variant with equal jitter).
package struct Backoff: Sendable {
    package let first: Duration
    package let limit: Duration
    private var failures = 0

    package init(first: Duration, limit: Duration) {
        self.first = first
        self.limit = limit
    }

    /// The wait after one more failure.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        var delay = first
        for _ in 0..<failures where delay < limit { delay *= 2 }
        failures += 1
        if delay > limit { delay = limit }
        return delay * Double.random(in: 0.5...1, using: &generator)
    }

    package mutating func reset() {
        failures = 0
    }
}
