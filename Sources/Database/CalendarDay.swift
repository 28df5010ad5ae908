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

    var parts: (year: Int, month: Int, day: Int) {
        let time = CalendarTime(Timestamp(milliseconds: daysSince1970 * 86_400_000))
        return (time.year, time.month, time.day)
    }

    /// `20261120`
    var compactText: String {
        let (year, month, day) = parts
        return String(year * 10_000 + month * 100 + day)
    }
}
