import Wire

/// What a clock on the wall shows, in one of the forms that `<maintenance>` takes.
package struct WallTime: Equatable, Sendable {
    package enum Form: Equatable, Sendable {
        /// `2026-12-01 22:00`
        case date
        /// `Sun 02:00`
        case weekday
        /// `02:00`
        case time
    }

    package let form: Form
    /// Since 1970-01-01 00:00, Monday 00:00, or midnight.
    package let seconds: Int64

    static let allowed = "2026-12-01 22:00, with every=\"week\" Sun 22:00, with every=\"day\" 22:00"

    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// Nil for anything else. Hours go from 00:00 to 24:00, the end of the day.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let last = words.last, words.count <= 2, let time = WallTime.time(last) else { return nil }
        guard words.count == 2 else {
            self.init(form: .time, seconds: time)
            return
        }
        let first = words[0].lowercased()
        if let day = WallTime.weekdays.firstIndex(where: { $0 == first || $0.prefix(3) == first }) {
            self.init(form: .weekday, seconds: Int64(day) * 86_400 + time)
        } else if let day = WallTime.day(words[0]) {
            self.init(form: .date, seconds: day * 86_400 + time)
        } else {
            return nil
        }
    }

    private init(form: Form, seconds: Int64) {
        self.form = form
        self.seconds = seconds
    }

    private static func time(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            let hours = NumberText.integer(String(parts[0])), let minutes = NumberText.integer(String(parts[1])),
            minutes < 60, hours < 24 || (hours == 24 && minutes == 0)
        else { return nil }
        return Int64(hours * 3_600 + minutes * 60)
    }

    /// Days since 1970-01-01 of a day that exists, from 1970 to 9999.
    private static func day(_ text: Substring) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2] else { return nil }
        let numbers = parts.compactMap { NumberText.integer(String($0)) }
        guard numbers.count == 3, numbers[0] >= 1970, (1...12).contains(numbers[1]) else { return nil }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        let former = year - 1
        // Days of the Gregorian calendar up to the end of the former year, without the 719162 up to the end of 1969.
        let years = former * 365 + former / 4 - former / 100 + former / 400 - 719_162
        return Int64(years + lengths.prefix(month - 1).reduce(0, +) + day - 1)
    }
}
