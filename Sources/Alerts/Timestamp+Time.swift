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
    package var utcText: String { "\(utcDayText) \(utcTimeOfDayText)" }

    var utcDayText: String {
        let time = CalendarTime(self)
        return "\(time.year)-\(pad(time.month))-\(pad(time.day))"
    }

    /// `18:04:05`
    var utcTimeOfDayText: String {
        let time = CalendarTime(self)
        return "\(pad(time.hour)):\(pad(time.minute)):\(pad(time.second))"
    }
}

extension Duration {
    /// At least 1.
    var wholeSeconds: Int { Int(max(1, milliseconds / 1_000)) }

    /// Whole milliseconds, bounded so that adding it to a moment cannot overflow.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let bounded = min(max(seconds, -1_000_000_000_000), 1_000_000_000_000)
        return bounded * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}

private func pad(_ value: Int) -> String {
    value < 10 ? "0\(value)" : String(value)
}
