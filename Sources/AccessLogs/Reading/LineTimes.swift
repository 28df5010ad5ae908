import Wire

/// Reads nothing but the times of a log's lines, in their order: for what only has to sort them, ten times as fast as
/// reading them whole.
///
/// It finds the time of each line that `AccessLogParser` reads. Of a line that is broken behind its time it finds that time,
/// too.
package struct LineTimes {
    private let format: AccessLogFormat
    private var parser: AccessLogParser
    private var columns: Columns?

    /// Where a W3C Extended log has its date and time.
    private struct Columns {
        /// nil where lines have only a time.
        var date: Int?
        var time: Int
    }

    /// - Parameter header: the directives in force where the lines begin, see `LineSegment.header`.
    package init(_ format: AccessLogFormat, header: [UInt8] = []) {
        self.format = format
        parser = AccessLogParser(format)
        header.withUnsafeBytes { header in
            for line in Lines(in: header) { _ = time(of: line) }
        }
    }

    /// Milliseconds since 1970; nil for a line without a time, for an empty one and for a directive.
    /// - Parameter line: without its newline.
    @inline(__always)
    package mutating func time(of line: UnsafeRawBufferPointer) -> Int64? {
        guard let line = LineBytes(line), line.count <= AccessLogParser.longestLine else { return nil }
        switch format {
        case .common, .combined: return commonTime(of: line)
        case .plain: return parser.plainTime.read(line, &parser.commonTime)
        case .auto where parser.fields == nil && line[line.start] != .numberSign: return commonTime(of: line)
        case .w3c, .auto: return columnTime(of: line)
        }
    }

    @inline(__always)
    private mutating func commonTime(of line: LineBytes) -> Int64? {
        var common = CommonLogLine()
        return common.readDate(line, &parser.commonTime) == nil ? common.time : nil
    }

    @inline(never)
    private mutating func columnTime(of line: LineBytes) -> Int64? {
        if line[line.start] == .numberSign {
            _ = parser.read(UnsafeRawBufferPointer(start: line.base, count: line.end))
            findColumns()
            return nil
        }
        if let time = timeOfColumns(line) { return time }
        // A file that two servers wrote.
        return format == .auto ? commonTime(of: line) : nil
    }

    private mutating func findColumns() {
        columns = nil
        guard let fields = parser.fields, fields.areOfRequests, let time = fields.roles.firstIndex(of: .time) else {
            return
        }
        columns = Columns(date: fields.roles.firstIndex(of: .date), time: time)
    }

    private mutating func timeOfColumns(_ line: LineBytes) -> Int64? {
        guard let columns else { return nil }
        var cut = W3CColumns(line)
        var (date, time) = (0..<0, 0..<0)
        for column in 0...max(columns.date ?? 0, columns.time) {
            guard case .value(let value) = cut.next() else { return nil }
            if column == columns.date { date = value }
            if column == columns.time { time = value }
        }
        guard let timeOfDay = W3CClock.timeOfDay(time, in: line) else { return nil }
        guard columns.date != nil else { return parser.clock.moment(atTimeOfDay: timeOfDay) }
        guard let day = parser.clock.day(date, in: line) else { return nil }
        return day + timeOfDay
    }
}
