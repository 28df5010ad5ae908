/// A moment in the proleptic Gregorian calendar, in UTC.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`
/// (https://howardhinnant.github.io/date_algorithms.html). Years run from March there, so that the leap day comes last.
package struct CalendarTime: Equatable, Sendable {
    package var year: Int
    /// 1…12
    package var month: Int
    /// 1…31
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var millisecond: Int
    /// 0 is Sunday.
    package var weekday: Int

    package init(_ timestamp: Timestamp) {
        let (days, milliseconds) = Self.divide(timestamp.milliseconds, by: 86_400_000)
        hour = Int(milliseconds / 3_600_000)
        minute = Int(milliseconds / 60_000 % 60)
        second = Int(milliseconds / 1_000 % 60)
        millisecond = Int(milliseconds % 1_000)
        // 1970-01-01 was a Thursday.
        weekday = Int(Self.divide(days + 4, by: 7).rest)

        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// Rounds towards the past, so that moments before 1970 have a time of day too.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-11-20T18:04:05.250Z`.
    package var rfc3339: String {
        let time = CalendarTime(self)
        return "\(time.withoutZone).\(padded(time.millisecond, to: 3))Z"
    }

    /// RFC 3339 in UTC, rounded down to the second: `2026-11-20T18:04:05Z`.
    package var rfc3339Seconds: String { "\(CalendarTime(self).withoutZone)Z" }
}

extension CalendarTime {
    fileprivate var withoutZone: String {
        "\(year)-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(second))"
    }
}

private func padded(_ number: Int, to width: Int = 2) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
}
