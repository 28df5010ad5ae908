import Wire

/// A day of the Gregorian calendar in UTC.
struct CalendarDay: Comparable {
    /// MySQL's `TO_DAYS('1970-01-01')`.
    private static let toDaysOf1970: Int64 = 719_528

    var daysSince1970: Int64

    init(daysSince1970: Int64) {
        self.daysSince1970 = daysSince1970
    }

    init(of time: Timestamp) {
        let (day, rest) = time.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        daysSince1970 = rest < 0 ? day - 1 : day
    }

    /// From and to the number that `TO_DAYS` gives.
    init(toDays: Int64) {
        daysSince1970 = toDays - Self.toDaysOf1970
    }

    var toDays: Int64 { daysSince1970 + Self.toDaysOf1970 }

    func advanced(by days: Int64) -> CalendarDay {
        CalendarDay(daysSince1970: daysSince1970 + days)
    }

    static func < (left: CalendarDay, right: CalendarDay) -> Bool {
        left.daysSince1970 < right.daysSince1970
    }

    /// Counts in eras of 400 years that begin in March, so that the leap day is the last of a year
    /// (https://howardhinnant.github.io/date_algorithms.html, civil_from_days).
    var parts: (year: Int, month: Int, day: Int) {
        let shifted = Int(daysSince1970) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// `20261120`
    var compactText: String {
        let (year, month, day) = parts
        return String(year * 10_000 + month * 100 + day)
    }
}
