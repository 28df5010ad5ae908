/// The side on which a value is bad.
package enum AlertComparison: String, Codable, CaseIterable, Sendable {
    case above
    case below
}

/// A threshold with hysteresis, in the metric's unit.
///
/// `above 90 clear 85`: breached by a value > 90, cleared by a value ≤ 85; in between nothing changes.
/// `below 10 clear 15`: breached by a value < 10, cleared by a value ≥ 15.
/// With `clear` equal to `value` (the default) a value that does not breach clears: `above 90` is cleared by 90.
package struct AlertThreshold: Equatable, Sendable {
    package let comparison: AlertComparison
    package let value: Double
    package let clear: Double

    /// - Parameter clear: on the good side of `value`, or equal to it; nil means equal.
    package init(_ comparison: AlertComparison, _ value: Double, clear: Double? = nil) {
        self.comparison = comparison
        self.value = value
        self.clear = clear ?? value
    }

    package func isBreached(by candidate: Double) -> Bool {
        switch comparison {
        case .above: candidate > value
        case .below: candidate < value
        }
    }

    package func isCleared(by candidate: Double) -> Bool {
        switch comparison {
        case .above: candidate <= clear
        case .below: candidate >= clear
        }
    }

    /// Whether `candidate` is further on the bad side than `other`.
    func isWorse(_ candidate: Double, than other: Double) -> Bool {
        switch comparison {
        case .above: candidate > other
        case .below: candidate < other
        }
    }
}
