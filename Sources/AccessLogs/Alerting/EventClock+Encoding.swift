package import Wire

extension EventClock {
    /// What is known of the clocks. Where the last read ended is not written: states are not written at every read, and
    /// seconds must not be told again as complete, so a log has to be caught up with after a restart.
    package func encode(into writer: inout ByteWriter) {
        writer.write(shiftSeconds)
        for moment in [progress.second, newestLive] {
            writer.write(moment != nil)
            writer.write(moment ?? 0)
        }
        for recent in [lags, delays] {
            writer.writeCount(recent.values.count)
            for milliseconds in recent.values { writer.write(milliseconds) }
        }
        // The bytes of these lines will not be read again; those of a candidate will make another one.
        var lines = unplaced
        for element in candidate?.lines.elements ?? [] where !lines.isFull {
            lines.add(element.hits, at: element.second)
        }
        lines.encode(into: &writer)
    }

    /// - Parameter settings: a clock with the interval of now.
    package init(from reader: inout ByteReader, resuming settings: EventClock) throws(WireError) {
        self = settings
        shiftSeconds = try Self.readBounded(from: &reader)
        progress.second = try Self.readMoment(from: &reader)
        newestLive = try Self.readMoment(from: &reader)
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
