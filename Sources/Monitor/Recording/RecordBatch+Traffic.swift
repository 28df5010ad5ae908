import Database
import Wire

extension RecordBatch {
    /// What came to a window since the last group; its `record` is not written.
    mutating func add(_ traffic: TrafficRow) {
        begin(.traffic)
        writer.write(traffic.host)
        writer.write(traffic.log)
        writer.write(traffic.windowStart)
        for count in RecordBatch.counts { writer.writeVarint(traffic[keyPath: count]) }
        writer.writeCount(traffic.sections.count)
        for section in traffic.sections {
            writer.write(section.name)
            writer.writeVarint(section.hits)
        }
    }

    static func readTraffic(from reader: inout ByteReader) throws(WireError) -> TrafficRow {
        var traffic = TrafficRow(
            host: try reader.readString(),
            log: try reader.readString(),
            windowStart: try reader.readTimestamp()
        )
        for count in counts { traffic[keyPath: count] = try reader.readVarint() }
        let sections = try reader.readCount(ofAtLeast: 2)
        traffic.sections.reserveCapacity(sections)
        for _ in 0..<sections {
            let name = try reader.readString()
            traffic.sections.append(TrafficRow.Section(name: name, hits: try reader.readVarint()))
        }
        return traffic
    }

    /// In the order in which they are written.
    private static var counts: [WritableKeyPath<TrafficRow, UInt64>] {
        [
            \.hits, \.bytes, \.status1xx, \.status2xx, \.status3xx, \.status4xx, \.status5xx, \.statusOther, \.clients,
            \.skipped, \.unread,
        ]
    }
}
