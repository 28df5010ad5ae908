import Wire

/// Raises when the average over the window exceeds the threshold, and recovers when it no longer does; each once.
package struct HighTrafficAlert: Sendable {
    package struct Change: Hashable, Sendable {
        package enum Kind: Sendable {
            case raised
            case recovered
        }

        package var kind: Kind
        package var level: TrafficLevel
        /// The promised sentence.
        package var text: String
    }

    /// Requests per second.
    package let threshold: Double
    /// The average at or below which it recovers; at most `threshold`.
    package let clear: Double
    package let windowSeconds: Int
    /// What raised it, as long as it fires.
    package private(set) var raised: TrafficLevel?
    /// The highest level while it fired, the last time it did.
    package private(set) var peak: TrafficLevel?

    package init(threshold: Double, clear: Double? = nil, windowSeconds: Int) {
        self.threshold = threshold
        self.clear = min(clear ?? threshold, threshold)
        self.windowSeconds = windowSeconds
    }

    package var isFiring: Bool { raised != nil }

    /// Levels of other windows change nothing.
    package mutating func observe(_ level: TrafficLevel) -> Change? {
        guard level.windowSeconds == windowSeconds else { return nil }
        if raised != nil {
            if level.hits > peak?.hits ?? 0 { peak = level }
            guard level.average <= clear else { return nil }
            raised = nil
            return Change(
                kind: .recovered,
                level: level,
                text: "High traffic recovered - \(facts(level)), recovered at \(level.second.rfc3339Seconds)"
            )
        }
        guard level.average > threshold else { return nil }
        raised = level
        peak = level
        return Change(
            kind: .raised,
            level: level,
            text: "High traffic generated an alert - \(facts(level)), triggered at \(level.second.rfc3339Seconds)"
        )
    }

    /// `hits = 1320 (11.0/s)`
    private func facts(_ level: TrafficLevel) -> String {
        "hits = \(level.hits) (\(level.averageText(distinctFrom: threshold))/s)"
    }
}

extension TrafficLevel {
    /// With one decimal, or as many (up to four) as it takes not to look equal to the threshold.
    package func averageText(distinctFrom threshold: Double) -> String {
        var decimals = 1
        while decimals < 4, average != threshold, average.decimalText(decimals) == threshold.decimalText(decimals) {
            decimals += 1
        }
        return average.decimalText(decimals)
    }
}

extension Double {
    /// Rounded half away from zero, without a locale; for numbers from 0 to 10^12.
    fileprivate func decimalText(_ decimals: Int) -> String {
        var scale: UInt64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let bounded = Swift.min(Swift.max(self, 0), 1e12)
        let scaled = UInt64((bounded * Double(scale)).rounded(.toNearestOrAwayFromZero))
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.utf8.count) + fraction
    }
}
