import Foundation
package import Wire

/// Reads a moment as people write it on a command line. UTC, unless a zone is given.
///
///     10:00   10:20:30          today; where that is still to come, yesterday
///     2026-11-20                its first moment
///     2026-11-20 10:20   2026-11-20T10:20:30.5+01:00
///     -30m   30m ago   now
package enum MomentText {
    /// In a sentence: what is allowed.
    package static let allowed =
        "a time as 10:00, a day as 2026-11-20, both as 2026-11-20 10:20 (UTC, or with a zone as +01:00 behind it), "
        + "or how long ago as -30m or '2h ago'"

    /// Nil for what is none.
    package static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if text == "now" { return now }
        if let past = ago(text) {
            return Timestamp(milliseconds: now.milliseconds.subtractingReportingOverflow(past).partialValue)
        }
        let pattern =
            #/
            (?: (\d{4}) - (\d\d) - (\d\d) )?
            (?: (?: ^ | [Tt\x20] ) (\d\d?) : (\d\d) (?: : (\d\d) (?: [.,] (\d{1,9}) )? )? )?
            \x20? ( Z | z | [+\-] \d\d (?: :? \d\d )? )?
            /#
        guard let match = text.wholeMatch(of: pattern) else { return nil }
        let hasTime = match.4 != nil
        guard hasTime || match.1 != nil else { return nil }
        guard let time = milliseconds(match.4, match.5, match.6, match.7), let offset = offset(match.8) else {
            return nil
        }
        if let year = match.1, let month = match.2, let day = match.3 {
            guard let midnight = midnight(year, month, day) else { return nil }
            return Timestamp(milliseconds: midnight + time - offset)
        }
        // The day of now in the zone that the time is in.
        let local = now.milliseconds + offset
        let moment = local - modulo(local, oneDay) + time - offset
        return Timestamp(milliseconds: moment > now.milliseconds ? moment - oneDay : moment)
    }

    /// Whether the text is a time of day (UTC) that was taken to be yesterday's because it is still to come.
    package static func wasYesterday(_ text: String, _ moment: Timestamp, now: Timestamp) -> Bool {
        text.contains(":") && text.allSatisfy { $0.isNumber || ":., ".contains($0) }
            && moment.milliseconds < now.milliseconds - modulo(now.milliseconds, oneDay)
    }

    private static let oneDay: Int64 = 86_400_000

    /// Milliseconds of `-30m` and `30m ago`.
    private static func ago(_ text: String) -> Int64? {
        guard let match = text.wholeMatch(of: #/(?:-(\d{1,9})(ms|s|m|h|d|w)|(\d{1,9}) ?(ms|s|m|h|d|w) ago)/#) else {
            return nil
        }
        guard let number = (match.1 ?? match.3).flatMap({ Int64($0) }), let unit = match.2 ?? match.4 else {
            return nil
        }
        let length: Int64 =
            switch unit {
            case "ms": 1
            case "s": 1_000
            case "m": 60_000
            case "h": 3_600_000
            case "d": oneDay
            default: 7 * oneDay
            }
        return number * length
    }

    /// Of the day; 0 where there is no time.
    private static func milliseconds(
        _ hour: Substring?,
        _ minute: Substring?,
        _ second: Substring?,
        _ fraction: Substring?
    ) -> Int64? {
        let hour = hour.flatMap { Int64($0) } ?? 0
        let minute = minute.flatMap { Int64($0) } ?? 0
        let second = second.flatMap { Int64($0) } ?? 0
        // 24:00 is the end of a day, in RFC 3339 as elsewhere not allowed.
        guard hour <= 23, minute <= 59, second <= 59 else { return nil }
        let digits = fraction.map { $0.prefix(3) + String(repeating: "0", count: max(0, 3 - $0.count)) } ?? "0"
        return ((hour * 60 + minute) * 60 + second) * 1_000 + (Int64(digits) ?? 0)
    }

    /// Of the zone, in milliseconds east of UTC.
    private static func offset(_ zone: Substring?) -> Int64? {
        guard let zone, zone.lowercased() != "z" else { return 0 }
        let digits = zone.filter(\.isNumber)
        guard let hours = Int64(digits.prefix(2)), hours <= 23 else { return nil }
        let minutes = Int64(digits.dropFirst(2)) ?? 0
        guard minutes <= 59 else { return nil }
        return (hours * 60 + minutes) * 60_000 * (zone.hasPrefix("-") ? -1 : 1)
    }

    private static func midnight(_ year: Substring, _ month: Substring, _ day: Substring) -> Int64? {
        guard let year = Int(year), let month = Int(month), let day = Int(day), year >= 1970 else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = DateComponents(year: year, month: month, day: day)
        guard parts.isValidDate(in: calendar), let date = calendar.date(from: parts) else { return nil }
        return Int64(date.timeIntervalSince1970) * 1_000
    }

    private static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
