package import Wire

extension Timestamp {
    /// Milliseconds from here to `later`; never negative, so that a clock set back completes nothing.
    func elapsed(to later: Timestamp) -> Int64 {
        max(0, later.milliseconds - milliseconds)
    }

    func advanced(by milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds + milliseconds)
    }

    /// `2026-11-20 18:04:05` in UTC.
    package var utcText: String {
        let seconds = floorDivide(milliseconds, by: 1_000)
        let days = floorDivide(seconds, by: 86_400)
        let time = seconds - days * 86_400
        let (year, month, day) = Timestamp.civil(fromDays: days)
        return "\(year)-\(pad(month))-\(pad(day)) \(pad(time / 3_600)):\(pad(time / 60 % 60)):\(pad(time % 60))"
    }

    /// `18:04:05` in UTC.
    var utcTimeOfDayText: String { String(utcText.suffix(8)) }

    var utcDayText: String { String(utcText.dropLast(9)) }

    /// Gregorian date of a count of days since 1970-01-01; years run from March here, so that the leap day comes last.
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Duration {
    /// Whole milliseconds, bounded so that adding it to a moment cannot overflow.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let bounded = min(max(seconds, -1_000_000_000_000), 1_000_000_000_000)
        return bounded * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}

private func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}

private func pad(_ value: Int64) -> String {
    value < 10 ? "0\(value)" : String(value)
}
