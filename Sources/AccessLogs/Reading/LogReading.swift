package import Wire

/// What a log's lines have become since the last one: values for the recorder.
package struct LogReading: Equatable, Sendable {
    /// Oldest window first; see `TrafficDelta`. Empty where the reader counts totals.
    package var deltas: [TrafficDelta] = []
    /// Windows that changed, to be kept for a restart in place of what is kept for the same start.
    package var windows: [OpenWindow] = []
    /// Windows before it need not be kept any more; nil changes nothing.
    package var windowsForgottenBefore: Timestamp?
    /// For each second that became complete while the log is followed live, in this order, one for each window's length.
    package var levels: [TrafficLevel] = []
    /// What was decided about a file, for the log: `the format is combined with a leading virtual host`.
    package var decisions: [String] = []
    package var arrivals = LineArrivals()
    /// Of `plain`; they are no hits, but end a silence as those do.
    package var plainLines: UInt64 = 0

    package init() {}
}

/// When lines came last, and what kind of lines; for `log_silent` and `status`.
package struct LineArrivals: Equatable, Sendable {
    /// Of any line but directives and empty ones, whether it could be read or not.
    package var last: Timestamp?
    /// Of a line that counts as a hit, or of one of `plain`.
    package var lastHit: Timestamp?
    /// Since `lastHit`.
    package var skippedSinceHit: UInt64 = 0
    package var unreadSinceHit: UInt64 = 0
    /// Since the log was first followed.
    package var hits: UInt64 = 0
    package var skipped: UInt64 = 0
    package var plain: UInt64 = 0
    package var unread = UnreadLines()

    package init() {}
}

extension LineArrivals {
    /// What ends a silence.
    var counted: UInt64 { hits &+ plain }

    func encode(into writer: inout ByteWriter) {
        for moment in [last, lastHit] {
            writer.write(moment != nil)
            writer.write(moment ?? Timestamp(milliseconds: 0))
        }
        for count in [skippedSinceHit, unreadSinceHit, hits, skipped, plain] { writer.writeVarint(count) }
        unread.encode(into: &writer)
    }

    init(from reader: inout ByteReader, withPlain: Bool) throws(WireError) {
        last = try Self.readMoment(from: &reader)
        lastHit = try Self.readMoment(from: &reader)
        skippedSinceHit = try reader.readVarint()
        unreadSinceHit = try reader.readVarint()
        hits = try reader.readVarint()
        skipped = try reader.readVarint()
        if withPlain { plain = try reader.readVarint() }
        unread = try UnreadLines(from: &reader)
    }

    private static func readMoment(from reader: inout ByteReader) throws(WireError) -> Timestamp? {
        let isKnown = try reader.readBool()
        let moment = try reader.readTimestamp()
        return isKnown ? moment : nil
    }
}
