/// Reads `10/Oct/2000:13:55:36 -0700`. Lines that follow each other mostly share their minute, so that only the seconds
/// are read anew.
struct CommonLogTime {
    static let length = 26

    // Everything but the seconds of the last date that was read, and its minute. Bits that are masked out of what is
    // compared are set here, so that nothing equals the initial value.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = .max
    /// The minute in milliseconds since 1970.
    private var minute: Int64 = 0

    private static let withoutSeconds: UInt64 = 0xFFFF_FFFF_FFFF_0000

    /// Milliseconds since 1970 of the date at `position`, of which all 26 bytes are within the line.
    @inline(__always)
    mutating func read(_ line: LineBytes, at position: Int) -> Int64? {
        let first = line.eightBytes(at: position)
        let second = line.eightBytes(at: position &+ 8)
        let third = line.eightBytes(at: position &+ 10)
        let fourth = line.eightBytes(at: position &+ 18) & Self.withoutSeconds
        if first == self.first, second == self.second, third == self.third, fourth == self.fourth {
            let seconds = line.twoDigits(at: position &+ 18)
            // A leap second is left to the long way.
            if seconds <= 59 { return minute &+ Int64(seconds &* 1000) }
        }
        guard let (minute, time) = Self.readAnew(line, at: position) else { return nil }
        (self.first, self.second, self.third, self.fourth, self.minute) = (first, second, third, fourth, minute)
        return time
    }

    @inline(never)
    private static func readAnew(_ line: LineBytes, at start: Int) -> (minute: Int64, time: Int64)? {
        guard line[start + 2] == .slash, line[start + 6] == .slash, line[start + 11] == .colon,
            line[start + 14] == .colon, line[start + 17] == .colon, line[start + 20] == .space,
            let month = month(line.fourBytes(at: start + 3)),
            let days = daysSince1970(
                year: line.twoDigits(at: start + 7) * 100 + line.twoDigits(at: start + 9),
                month: month,
                day: line.twoDigits(at: start)
            )
        else { return nil }
        let sign = line[start + 21]
        let (offsetHours, offsetMinutes) = (line.twoDigits(at: start + 22), line.twoDigits(at: start + 24))
        guard sign == UInt8(ascii: "+") || sign == .hyphen, offsetHours <= 23, offsetMinutes <= 59 else { return nil }
        let offset = (offsetHours * 60 + offsetMinutes) * (sign == .hyphen ? -1 : 1)
        let seconds = line.twoDigits(at: start + 18)
        let time = millisecondsOfDay(
            hour: line.twoDigits(at: start + 12),
            minute: line.twoDigits(at: start + 15),
            second: seconds,
            offsetMinutes: offset
        )
        guard let time else { return nil }
        let milliseconds = days * 86_400_000 + time
        return (milliseconds - Int64(seconds) * 1000, milliseconds)
    }

    /// 1…12 of `Jan/`… as four bytes, the first one lowest.
    static func month(_ name: UInt32) -> Int? {
        switch name & 0xFF_FFFF {
        case 0x6E_614A: 1
        case 0x62_6546: 2
        case 0x72_614D: 3
        case 0x72_7041: 4
        case 0x79_614D: 5
        case 0x6E_754A: 6
        case 0x6C_754A: 7
        case 0x67_7541: 8
        case 0x70_6553: 9
        case 0x74_634F: 10
        case 0x76_6F4E: 11
        case 0x63_6544: 12
        default: nil
        }
    }
}
