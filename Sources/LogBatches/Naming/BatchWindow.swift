package import Wire

/// The windows of time that a log's batches cover: of equal length, one behind the other, aligned to midnight UTC.
package struct BatchWindow: Equatable, Sendable {
    package let seconds: Int

    /// - Parameter seconds: a length that `isAllowed`; others are taken to the nearest bound.
    package init(seconds: Int) {
        self.seconds = min(max(seconds, 1), 86_400)
    }

    /// Ten seconds to a day, in whole seconds, of which a day is a whole number.
    package static func isAllowed(_ length: Duration) -> Bool {
        let (seconds, attoseconds) = length.components
        return attoseconds == 0 && (10...86_400).contains(seconds) && 86_400 % seconds == 0
    }

    /// Of the window that a moment lies in.
    package func start(of moment: Timestamp) -> Timestamp {
        let length = Int64(seconds) * 1_000
        let rest = moment.milliseconds % length
        // Towards the past, before 1970 too; the first moments that there are have no window before them.
        let (start, isTooEarly) = moment.milliseconds.subtractingReportingOverflow(rest < 0 ? rest + length : rest)
        return Timestamp(milliseconds: isTooEarly ? moment.milliseconds - rest : start)
    }

    /// The first moment behind the window that starts there.
    package func end(from start: Timestamp) -> Timestamp {
        start.adding(milliseconds: Int64(seconds) * 1_000)
    }
}

extension Timestamp {
    /// Stays at the bounds of what can be told: hosts' clocks may say anything.
    func adding(milliseconds other: Int64) -> Timestamp {
        let (sum, isTooFar) = milliseconds.addingReportingOverflow(other)
        return Timestamp(milliseconds: isTooFar ? (other < 0 ? .min : .max) : sum)
    }

    func subtracting(milliseconds other: Int64) -> Timestamp {
        let (difference, isTooFar) = milliseconds.subtractingReportingOverflow(other)
        return Timestamp(milliseconds: isTooFar ? (other > 0 ? .min : .max) : difference)
    }

    func adding(_ duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, -(1 << 50)), 1 << 50)
        return adding(milliseconds: bounded * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
