/// Reads the dates and times of a W3C Extended log, all of them UTC, and knows the day of lines that have only a time.
///
/// `#Date` (or `#Start-Date`) gives that day. A log that goes on past midnight without another `#Date` is followed: a
/// time more than an hour before the newest one is the next day's. Up to an hour it is a line that came late, since
/// servers write a request when it is over.
struct W3CClock: Equatable {
    /// The newest moment seen in lines of a time only, or what `#Date` said; milliseconds since 1970.
    private(set) var newest: Int64?
    /// `newest` is from a directive: no line before its day belongs to it.
    private(set) var isFromDirective = false

    // The date that was read last: its ten bytes, and its midnight.
    private var firstEight: UInt64 = 0
    private var lastTwo: UInt64 = .max
    private var midnight: Int64 = 0

    private static let oneDay: Int64 = 86_400_000
    private static let lateness: Int64 = 3_600_000

    init() {}

    init(newest: Int64?, isFromDirective: Bool) {
        self.newest = newest
        self.isFromDirective = isFromDirective
    }

    static func == (left: W3CClock, right: W3CClock) -> Bool {
        left.newest == right.newest && left.isFromDirective == right.isFromDirective
    }

    /// The value of `#Date`: `2002-05-02 17:42:15`, perhaps more behind it. One that cannot be read leaves lines of a
    /// time only without a date, which is better than a wrong one.
    mutating func readDirective(_ value: Range<Int>, in line: LineBytes) {
        var columns = W3CColumns(line)
        columns.position = value.lowerBound
        newest = nil
        isFromDirective = true
        guard case .value(let date) = columns.next(),
            let day = day(date, in: line) ?? Self.dayInCommonForm(date, in: line)
        else { return }
        newest = day
        if case .value(let time) = columns.next(), let timeOfDay = Self.timeOfDay(time, in: line) {
            newest = day + timeOfDay
        }
    }

    /// The moment of a line that has a time only; nil where no date was given.
    mutating func moment(atTimeOfDay timeOfDay: Int64) -> Int64? {
        guard let newest else { return nil }
        let midnight = newest - newest % Self.oneDay
        var moment = midnight + timeOfDay
        if moment < newest - Self.lateness {
            moment += Self.oneDay
        } else if !isFromDirective, moment >= newest - Self.lateness + Self.oneDay {
            // Written late, shortly after midnight.
            moment -= Self.oneDay
        }
        isFromDirective = false
        self.newest = max(newest, moment)
        return moment
    }

    /// Midnight of `2002-05-02` in milliseconds since 1970.
    @inline(__always)
    mutating func day(_ date: Range<Int>, in line: LineBytes) -> Int64? {
        guard date.count == 10 else { return nil }
        let start = date.lowerBound
        let firstEight = line.eightBytes(at: start)
        let lastTwo = line.eightBytes(at: start &+ 2) >> 48
        if firstEight == self.firstEight, lastTwo == self.lastTwo { return midnight }
        guard line[start + 4] == .hyphen, line[start + 7] == .hyphen,
            let days = daysSince1970(
                year: line.twoDigits(at: start) * 100 + line.twoDigits(at: start + 2),
                month: line.twoDigits(at: start + 5),
                day: line.twoDigits(at: start + 8)
            )
        else { return nil }
        (self.firstEight, self.lastTwo, midnight) = (firstEight, lastTwo, days * Self.oneDay)
        return midnight
    }

    /// Milliseconds since midnight of `17:42`, `17:42:15` or `17:42:15.363`.
    @inline(__always)
    static func timeOfDay(_ time: Range<Int>, in line: LineBytes) -> Int64? {
        let start = time.lowerBound
        guard time.count == 5 || time.count >= 8, line[start &+ 2] == .colon else { return nil }
        var second = 0
        var milliseconds: Int64 = 0
        if time.count >= 8 {
            guard line[start &+ 5] == .colon else { return nil }
            second = line.twoDigits(at: start &+ 6)
            if time.count > 8 {
                guard let fraction = millisecondsOfFraction(start &+ 8..<time.upperBound, in: line) else { return nil }
                milliseconds = fraction
            }
        }
        let hour = line.twoDigits(at: start)
        let minute = line.twoDigits(at: start &+ 3)
        guard let whole = millisecondsOfDay(hour: hour, minute: minute, second: second) else { return nil }
        return whole &+ milliseconds
    }

    /// `.363`; more digits are cut off.
    private static func millisecondsOfFraction(_ range: Range<Int>, in line: LineBytes) -> Int64? {
        guard line[range.lowerBound] == .dot, range.count >= 2, range.count <= 10 else { return nil }
        var value: Int64 = 0
        var unit: Int64 = 100
        for position in range.dropFirst() {
            let digit = line[position] &- .zero
            guard digit <= 9 else { return nil }
            value += Int64(digit) * unit
            unit /= 10
        }
        return value
    }

    /// `28/Jun/2017`, as Imperva writes it into `#Date`.
    private static func dayInCommonForm(_ date: Range<Int>, in line: LineBytes) -> Int64? {
        let start = date.lowerBound
        guard date.count == 11, line[start + 2] == .slash, line[start + 6] == .slash,
            let month = CommonLogTime.month(line.fourBytes(at: start + 3)),
            let days = daysSince1970(
                year: line.twoDigits(at: start + 7) * 100 + line.twoDigits(at: start + 9),
                month: month,
                day: line.twoDigits(at: start)
            )
        else { return nil }
        return days * oneDay
    }
}
