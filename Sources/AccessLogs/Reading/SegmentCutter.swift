import Wire

/// Cuts a piece into `LineSegment`s while its lines are read. It is told of a line only where that may begin another
/// segment: lines of the second before need no look.
struct SegmentCutter {
    private var segments: [LineSegment] = []

    /// In milliseconds; 0 where nothing is to be cut.
    private let window: Int64
    private let latest: Int64
    // The caller's piece, which outlives the reading of its lines.
    private let base: UnsafeRawPointer?

    private var isOpen = false
    private var begin = Place(offset: 0, line: 0)
    /// nil for lines that go by arrival.
    private var windowStart: Int64?
    private var header: [UInt8] = []
    /// Where lines begin that go with the one behind them.
    private var pending: Place?

    private struct Place {
        var offset: Int
        var line: Int
    }

    /// - Parameters:
    ///   - window: nil where nothing is to be cut.
    ///   - latest: in the last second that is believed.
    init(_ bytes: UnsafeRawBufferPointer, window: Duration?, latest: Timestamp?) {
        base = bytes.baseAddress
        let parts = (window ?? .zero).components
        self.window = max(parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000, 0)
        self.latest = latest?.milliseconds ?? .max
    }

    var isOn: Bool { window > 0 }

    /// Only where it is on.
    /// - Parameters:
    ///   - time: nil where the line has none that can be read.
    ///   - number: of the line in the piece, from 0 on.
    @inline(never)
    mutating func note(
        _ time: Int64?,
        _ line: UnsafeRawBufferPointer,
        _ number: Int,
        _ parser: borrowing AccessLogParser
    ) {
        var start: Int64?
        if let time, floorDivide(time, by: 1_000) * 1_000 <= latest { start = floorDivide(time, by: window) * window }
        if !isOpen || start != windowStart {
            let place = pending ?? place(of: line, number)
            if isOpen { close(at: place) }
            isOpen = true
            begin = place
            windowStart = start
            // One array for all segments that have the same: a piece may have thousands.
            let made = parser.header(for: start)
            if made != header { header = made }
        }
        pending = nil
    }

    /// A line that goes with the one behind it.
    mutating func noteDirective(_ line: UnsafeRawBufferPointer, _ number: Int) {
        if pending == nil, isOn { pending = place(of: line, number) }
    }

    /// A line that goes with the one before it.
    mutating func noteEmpty(_ line: UnsafeRawBufferPointer, _ number: Int) {
        if !isOpen { noteDirective(line, number) }
    }

    /// - Parameter lines: of the piece, as `count` its bytes.
    mutating func finish(lines: Int, count: Int) -> [LineSegment] {
        guard isOn, count > 0 else { return [] }
        close(at: Place(offset: count, line: lines))
        return segments
    }

    private mutating func close(at end: Place) {
        segments.append(
            LineSegment(
                windowStart: windowStart.map(Timestamp.init(milliseconds:)),
                range: begin.offset..<end.offset,
                lines: end.line - begin.line,
                header: header
            )
        )
    }

    private func place(of line: UnsafeRawBufferPointer, _ number: Int) -> Place {
        guard let base, let first = line.baseAddress else { return Place(offset: 0, line: number) }
        return Place(offset: first - base, line: number)
    }
}
