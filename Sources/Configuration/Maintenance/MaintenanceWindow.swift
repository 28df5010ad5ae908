package import Foundation
package import Wire

/// One `<maintenance>`: when it is, once or again and again. A value; the time is passed in.
///
/// Its times are those of a wall clock in its time zone, so a window at night stays at night when the clocks change. On the
/// days when they do: a time that does not exist comes later by the hour that is left out; a window begins at the first of
/// two times of the same name and ends at the second. So work that runs at such a time is within it either way.
package struct MaintenanceWindow: Equatable, Sendable {
    package enum Recurrence: String, CaseIterable, Sendable {
        case daily = "day"
        case weekly = "week"

        var seconds: Int64 { self == .daily ? 86_400 : 7 * 86_400 }
    }

    /// One time that it takes place; the end is excluded.
    package struct Occurrence: Equatable, Sendable {
        package var from: Timestamp
        package var until: Timestamp

        package func contains(_ moment: Timestamp) -> Bool {
            from.milliseconds <= moment.milliseconds && moment.milliseconds < until.milliseconds
        }
    }

    /// What the clock shows, in seconds: since 1970-01-01 00:00 for one that is once, else since midnight of the day, or of
    /// Monday.
    let from: Int64
    /// Behind `from`, by less than the recurrence.
    let to: Int64
    /// Nil: once.
    package let every: Recurrence?
    let timeZone: TimeZone
    /// Of alerts; nil for all of them.
    package let type: String?
    package let reason: String

    package init(
        from: WallTime,
        to: WallTime,
        every: Recurrence? = nil,
        timeZone: TimeZone,
        type: String? = nil,
        reason: String = ""
    ) {
        let length = to.seconds - from.seconds
        self.from = from.seconds
        self.to = every.map { length > 0 ? to.seconds : to.seconds + $0.seconds } ?? to.seconds
        self.every = every
        self.timeZone = timeZone
        self.type = type
        self.reason = reason
    }

    /// The one that is now, or the next; nil when it is over for good.
    package func occurrence(at now: Timestamp) -> Occurrence? {
        guard let every else {
            let only = occurrence(from: from, to: to)
            return now.milliseconds < only.until.milliseconds ? only : nil
        }
        let period = every.seconds
        let local = now.milliseconds.flooredQuotient(1_000) + offset(at: now.milliseconds.flooredQuotient(1_000))
        // 1970-01-01 was a Thursday: the first Monday is the fifth of January.
        let origin = from + (every == .weekly ? 4 * 86_400 : 0)
        let number = (local - origin).flooredQuotient(period)
        return (number - 2...number + 2).lazy
            .map { occurrence(from: origin + $0 * period, to: origin + $0 * period + to - from) }
            .first { now.milliseconds < $0.until.milliseconds }
    }

    private func occurrence(from: Int64, to: Int64) -> Occurrence {
        let start = moment(from, isEnd: false)
        let end = moment(to, isEnd: true)
        // All of it lies in an hour that is left out.
        return Occurrence(
            from: Timestamp(milliseconds: start * 1_000),
            until: Timestamp(milliseconds: (end > start ? end : start + to - from) * 1_000)
        )
    }

    /// When the clock shows this, in seconds since 1970 (UTC).
    private func moment(_ wall: Int64, isEnd: Bool) -> Int64 {
        let before = offset(at: wall - 86_400)
        let after = offset(at: wall + 86_400)
        let moments = [before, after].filter { offset(at: wall - $0) == $0 }.map { wall - $0 }
        return (isEnd ? moments.max() : moments.min()) ?? wall - before
    }

    /// Seconds that the clock is before UTC.
    private func offset(at seconds: Int64) -> Int64 {
        Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}
