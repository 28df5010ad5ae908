package import Wire

/// Lines of a piece that follow each other and belong to one window of a batch.
package struct LineSegment: Equatable, Sendable {
    /// Start of the window by the lines' own time; nil for lines without a readable one.
    package var windowStart: Timestamp?
    /// In the piece; the segments of a piece cover it without gaps, in order.
    package var range: Range<Int>
    package var lines: Int
    /// The `#` lines with which the segment can be read by itself, each with its newline: what a batch that begins with it
    /// needs as `LogBatch.header`. Empty for formats without them.
    package var header: [UInt8]

    package init(windowStart: Timestamp?, range: Range<Int>, lines: Int, header: [UInt8] = []) {
        self.windowStart = windowStart
        self.range = range
        self.lines = lines
        self.header = header
    }
}
