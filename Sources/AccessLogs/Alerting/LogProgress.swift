import Wire

/// The watermark: how far the times of lines have got. Single lines of wild times do not move it.
struct LogProgress: Equatable, Sendable {
    /// Lines up to this far from it belong to what is being written; those further ahead or behind must be many.
    static let nearSeconds: Int64 = 300
    private static let linesToLeapAhead: UInt64 = 8
    private static let linesToFallBack: UInt64 = 64

    /// In seconds of our time; nil before the first line.
    var second: Int64?
    /// The last of the lines since one was near, and their number.
    private var leap: (second: Int64, lines: UInt64)?

    init() {}

    mutating func saw(_ lines: UInt64, at line: Int64, arrival: Timestamp) {
        let now = floorDivide(arrival.milliseconds, by: 1_000)
        // A line of the future says nothing of how far the log has got.
        guard line <= now + 60 else { return }
        guard let second else {
            self.second = line
            return
        }
        if abs(line - second) <= Self.nearSeconds || (line > second && line >= now - 120) {
            self.second = max(second, line)
            leap = nil
            return
        }
        // Behind, they must be near each other; ahead, a log with few lines goes on in leaps.
        if let before = leap, line > second ? before.second > second : abs(line - before.second) <= Self.nearSeconds {
            leap = (line, before.lines + lines)
        } else {
            leap = (line, lines)
        }
        guard let leap, leap.lines >= (line > second ? Self.linesToLeapAhead : Self.linesToFallBack) else { return }
        self.second = leap.second
        self.leap = nil
    }

    static func == (left: LogProgress, right: LogProgress) -> Bool {
        left.second == right.second && left.leap?.second == right.leap?.second && left.leap?.lines == right.leap?.lines
    }
}
