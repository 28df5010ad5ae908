import Glibc

/// A time with the same rate of requests.
package struct TrafficPhase: Equatable, Sendable {
    /// Requests per second.
    package let rate: Double
    package let duration: Duration

    package init(rate: Double, duration: Duration) {
        self.rate = rate
        self.duration = duration
    }

    /// Exactly as many as the rate demands.
    package var requests: Int { Int((rate * duration.inSeconds).rounded()) }
}

/// When requests arrive: in each phase exactly rate × duration of them, as a Poisson process spreads them.
///
/// Given how many arrivals of a Poisson process lie in an interval, they are independent and uniform there (Kingman,
/// "Poisson Processes", 2.4). They are drawn in order, each as the smallest of those that are left, so that a timeline of
/// any length takes no memory.
package struct TrafficTimeline: Sequence, IteratorProtocol, Sendable {
    private let phases: [TrafficPhase]
    private var random: SeededRandom
    private var nextPhase = 0
    private var phaseStart = 0.0
    private var phaseLength = 0.0
    /// Requests of the phase that are still to come, and the part of it in which they lie.
    private var remaining = 0
    private var rest = 1.0

    package init(_ phases: [TrafficPhase], seed: UInt64) {
        self.phases = phases
        random = SeededRandom(seed: seed)
    }

    /// All phases.
    package var duration: Duration { phases.reduce(.zero) { $0 + $1.duration } }

    /// Nanoseconds since the beginning, never less than the one before.
    package mutating func next() -> Int64? {
        while remaining == 0 {
            guard nextPhase < phases.count else { return nil }
            phaseStart += phaseLength
            phaseLength = phases[nextPhase].duration.inSeconds * 1e9
            remaining = phases[nextPhase].requests
            rest = 1
            nextPhase += 1
        }
        // The smallest of n uniform numbers leaves U^(1/n) of the interval behind it.
        rest *= exp(-random.exponential() / Double(remaining))
        remaining -= 1
        return Int64(phaseStart + (1 - rest) * phaseLength)
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
