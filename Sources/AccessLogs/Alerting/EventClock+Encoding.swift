package import Wire

extension EventClock {
    /// All but what a candidate was measured to be: its lines will make another one.
    package func encode(into writer: inout ByteWriter) {
        writer.write(shiftSeconds)
        for moment in [progress.second, newestLive, lastEnd?.milliseconds, reported] {
            writer.write(moment != nil)
            writer.write(moment ?? 0)
        }
        writer.write(isCatchingUp)
        for recent in [lags, delays] {
            writer.writeCount(recent.values.count)
            for milliseconds in recent.values { writer.write(milliseconds) }
        }
        // The bytes of these lines will not be read again.
        var lines = unplaced
        for element in candidate?.lines.elements ?? [] where !lines.isFull {
            lines.add(element.hits, at: element.second)
        }
        lines.encode(into: &writer)
    }

    /// After a restart that took no longer than a live read may, the log is still followed live.
    /// - Parameter settings: a clock with the interval of now.
    package init(from reader: inout ByteReader, resuming settings: EventClock) throws(WireError) {
        self = settings
        shiftSeconds = try Self.readBounded(from: &reader)
        progress.second = try Self.readMoment(from: &reader)
        newestLive = try Self.readMoment(from: &reader)
        lastEnd = try Self.readMoment(from: &reader).map(Timestamp.init(milliseconds:))
        reported = try Self.readMoment(from: &reader)
        isCatchingUp = try reader.readBool()
        lags.begin(with: try Self.readList(from: &reader))
        delays.begin(with: try Self.readList(from: &reader))
        unplaced = try SecondCounts(from: &reader)
    }

    private static func readMoment(from reader: inout ByteReader) throws(WireError) -> Int64? {
        let isKnown = try reader.readBool()
        let moment = try readBounded(from: &reader)
        return isKnown ? moment : nil
    }

    private static func readList(from reader: inout ByteReader) throws(WireError) -> [Int64] {
        var list: [Int64] = []
        for _ in 0..<(try reader.readCount(ofAtLeast: 8)) { list.append(try readBounded(from: &reader)) }
        return list
    }

    /// Times are added to and multiplied; further than this none is.
    private static func readBounded(from reader: inout ByteReader) throws(WireError) -> Int64 {
        let value = try reader.readInt64()
        guard value.magnitude < 1 << 50 else { throw .malformedNumber }
        return value
    }
}
