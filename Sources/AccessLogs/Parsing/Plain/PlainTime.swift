/// Reads the time at the beginning of a line of any text, with or without a bracket before it:
///
///     2026-11-20T10:00:01.123Z   2026-11-20 10:00:01,123   2026-11-20T10:00:01+01:00   [20/Nov/2026:10:00:01 +0100]
///
/// RFC 3339 and what ISO 8601 allows beside it: a blank for `T`, a comma before the fraction, zones as `+01:00`, `+0100`
/// and `+01`, also behind a blank. Without a zone it is UTC.
struct PlainTime {
    // Date, hour and minute of the last time that was read, as they are written, and that minute.
    private var first: UInt64 = 0
    private var second: UInt64 = .max
    /// In milliseconds since 1970, without regard of the zone.
    private var minute: Int64 = 0

    /// Milliseconds since 1970; nil where the line begins otherwise.
    mutating func read(_ line: LineBytes, _ common: inout CommonLogTime) -> Int64? {
        let isBracketed = line[line.start] == .openingBracket
        let start = isBracketed ? line.start + 1 : line.start
        if line.end - start >= Self.shortest, line[start + 4] == .hyphen { return readISO(line, at: start) }
        let end = start + CommonLogTime.length
        guard isBracketed, end < line.end, line[start + 2] == .slash, line[end] == .closingBracket else { return nil }
        return common.read(line, at: start)
    }

    /// `2026-11-20T10:00:01`
    private static let shortest = 19

    private mutating func readISO(_ line: LineBytes, at start: Int) -> Int64? {
        guard line[start + 16] == .colon, let minute = minute(line, at: start) else { return nil }
        let second = line.twoDigits(at: start + 17)
        guard second <= 60 else { return nil }
        var position = start + Self.shortest
        guard let fraction = fraction(line, &position), let offset = offset(line, &position) else { return nil }
        // `2026-11-20T10:00:01abc` is something else.
        if position < line.end, isWordByte(line[position]) { return nil }
        let whole = minute - Int64(offset) * 60_000 + Int64(second) * 1_000
        // A leap second, which there is only right before midnight UTC, and which is the next day's first moment.
        if second == 60 { return whole % 86_400_000 == 0 ? whole : nil }
        return whole + fraction
    }

    @inline(__always)
    private mutating func minute(_ line: LineBytes, at start: Int) -> Int64? {
        let first = line.eightBytes(at: start)
        let second = line.eightBytes(at: start + 8)
        if first == self.first, second == self.second { return minute }
        let separator = line[start + 10]
        guard line[start + 7] == .hyphen, line[start + 13] == .colon,
            separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t") || separator == .space,
            let days = daysSince1970(
                year: line.twoDigits(at: start) * 100 + line.twoDigits(at: start + 2),
                month: line.twoDigits(at: start + 5),
                day: line.twoDigits(at: start + 8)
            ),
            let time = millisecondsOfDay(
                hour: line.twoDigits(at: start + 11),
                minute: line.twoDigits(at: start + 14),
                second: 0
            )
        else { return nil }
        (self.first, self.second, minute) = (first, second, days * 86_400_000 + time)
        return minute
    }

    /// Milliseconds of `.123` or `,123`, 0 where there is none; further digits are cut off.
    private func fraction(_ line: LineBytes, _ position: inout Int) -> Int64? {
        guard position + 1 < line.end, line[position] == .dot || line[position] == .comma,
            isDigit(line[position + 1])
        else { return 0 }
        position += 1
        var value: Int64 = 0
        var unit: Int64 = 100
        while position < line.end, isDigit(line[position]) {
            value += Int64(line[position] - .zero) * unit
            unit /= 10
            position += 1
        }
        return value
    }

    /// Minutes east of UTC, 0 where no zone is told; nil for a zone that there is not.
    private func offset(_ line: LineBytes, _ position: inout Int) -> Int? {
        guard position < line.end else { return 0 }
        if line[position] | 0x20 == UInt8(ascii: "z") {
            position += 1
            return 0
        }
        let isApart = line[position] == .space
        let sign = isApart ? position + 1 : position
        guard sign + 2 < line.end, line[sign] == UInt8(ascii: "+") || line[sign] == .hyphen else { return 0 }
        let digits = digitCount(line, from: sign + 1)
        var minutes = 0
        var end = sign + 3
        if digits == 4 {
            minutes = line.twoDigits(at: sign + 3)
            end = sign + 5
        } else if digits == 2, end + 2 < line.end, line[end] == .colon, digitCount(line, from: end + 1) == 2 {
            minutes = line.twoDigits(at: end + 1)
            end += 3
        } else if isApart || digits != 2 {
            // Something else that begins with a sign, or a hyphen between time and text.
            return 0
        }
        let hours = line.twoDigits(at: sign + 1)
        guard hours <= 23, minutes <= 59 else { return nil }
        position = end
        return (hours * 60 + minutes) * (line[sign] == .hyphen ? -1 : 1)
    }

    /// At most 5.
    private func digitCount(_ line: LineBytes, from start: Int) -> Int {
        var position = start
        while position < line.end, position < start + 5, isDigit(line[position]) { position += 1 }
        return position - start
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- .zero <= 9 }

    private func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}
