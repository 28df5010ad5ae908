package import Wire

/// Lines that could not be read, by reason, and the first few of them.
package struct UnreadLines: Equatable, Sendable {
    package struct Sample: Equatable, Sendable {
        package var reason: UnreadReason
        /// Made printable, and cut.
        package var line: String
        package var arrival: Timestamp
    }

    package static let sampleLimit = 5
    /// Bytes of a line that are shown.
    package static let sampleBytes = 200
    /// After a pause like this the samples begin anew, so that they show what is wrong now.
    private static let pauseMilliseconds: Int64 = 3_600_000

    private var counts = [UInt64](repeating: 0, count: UnreadReason.allCases.count)
    package private(set) var samples: [Sample] = []
    package private(set) var lastArrival: Timestamp?

    package init() {}

    package var total: UInt64 { counts.reduce(0, &+) }

    /// Those that occurred, most frequent first.
    package var byReason: [(reason: UnreadReason, lines: UInt64)] {
        zip(UnreadReason.allCases, counts).filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.map { ($0.0, $0.1) }
    }

    package mutating func count(_ reason: UnreadReason, line: UnsafeRawBufferPointer, arrival: Timestamp) {
        note(reason, lines: 1, arrival: arrival)
        if samples.count < Self.sampleLimit {
            let text = ForeignBytes.line(line.prefix(Self.sampleBytes), limit: Self.sampleBytes)
            samples.append(Sample(reason: reason, line: text, arrival: arrival))
        }
    }

    /// Lines that nobody has, as those above the limit of their length.
    package mutating func count(_ reason: UnreadReason, lines: UInt64, arrival: Timestamp) {
        guard lines > 0 else { return }
        note(reason, lines: lines, arrival: arrival)
    }

    package mutating func merge(_ later: UnreadLines) {
        for reason in counts.indices { counts[reason] &+= later.counts[reason] }
        samples += later.samples.prefix(max(Self.sampleLimit - samples.count, 0))
        lastArrival = later.lastArrival ?? lastArrival
    }

    private mutating func note(_ reason: UnreadReason, lines: UInt64, arrival: Timestamp) {
        if let lastArrival, arrival.milliseconds &- lastArrival.milliseconds > Self.pauseMilliseconds { samples = [] }
        lastArrival = arrival
        counts[Self.place(of: reason)] &+= lines
    }

    private static func place(of reason: UnreadReason) -> Int {
        UnreadReason.allCases.firstIndex(of: reason) ?? 0
    }
}

extension UnreadLines {
    package func encode(into writer: inout ByteWriter) {
        let reasons = byReason
        writer.writeCount(reasons.count)
        for (reason, lines) in reasons {
            writer.write(reason.rawValue)
            writer.writeVarint(lines)
        }
        writer.writeCount(samples.count)
        for sample in samples {
            writer.write(sample.reason.rawValue)
            writer.write(sample.line)
            writer.write(sample.arrival)
        }
        writer.write(lastArrival != nil)
        writer.write(lastArrival ?? Timestamp(milliseconds: 0))
    }

    /// Reasons that this version does not know are left out.
    package init(from reader: inout ByteReader) throws(WireError) {
        for _ in 0..<(try reader.readCount(ofAtLeast: 2)) {
            let reason = UnreadReason(rawValue: try reader.readString())
            let lines = try reader.readVarint()
            if let reason { counts[Self.place(of: reason)] = lines }
        }
        for _ in 0..<(try reader.readCount(ofAtLeast: 10)) {
            let reason = UnreadReason(rawValue: try reader.readString())
            let line = try reader.readString()
            let arrival = try reader.readTimestamp()
            if let reason { samples.append(Sample(reason: reason, line: line, arrival: arrival)) }
        }
        let hasArrival = try reader.readBool()
        let arrival = try reader.readTimestamp()
        lastArrival = hasArrival ? arrival : nil
    }
}
