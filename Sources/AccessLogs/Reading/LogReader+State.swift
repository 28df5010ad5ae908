package import Wire

extension LogReader {
    private static let stateVersion: UInt8 = 2
    /// Without the count of plain lines.
    private static let formerVersion: UInt8 = 1

    /// All but the open windows, which every reading carries; to be taken right behind `takeReading`.
    package func encodeState() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 1_024)
        writer.write(Self.stateVersion)
        writer.write(format.rawValue)
        writer.write(decision ?? "")
        writer.writeCount(files.count)
        for file in files {
            var parser = ByteWriter()
            file.parser.encode(into: &parser)
            writer.write(file.number)
            writer.write(parser.bytes)
        }
        arrivals.encode(into: &writer)
        clock.encode(into: &writer)
        window.encode(into: &writer)
        return writer.bytes
    }

    /// Goes on where another run stopped. The settings are those of now: a changed format begins anew with each file, other
    /// lengths of windows keep what they have.
    /// - Throws: when the state is damaged or of another version. The log can then be read on without it: begin with a
    ///   new reader.
    package mutating func resume(from state: [UInt8], windows: [OpenWindow]) throws(WireError) {
        var resumed = self
        var reader = ByteReader(state)
        let version = try reader.readUInt8()
        guard version == Self.stateVersion || version == Self.formerVersion else { throw .unknownKind(version) }
        let formatBefore = try reader.readString()
        let decision = try reader.readString()
        resumed.decision = decision.isEmpty || formatBefore != format.rawValue ? nil : decision
        resumed.files = []
        for _ in 0..<(try reader.readCount(ofAtLeast: 5)) {
            let number = try reader.readUInt32()
            var bytes = ByteReader(try reader.readBytes())
            var parser = try AccessLogParser(from: &bytes, format)
            try bytes.finish()
            // In mid-file `#Fields` hold on; what was said about the format does not.
            if formatBefore != format.rawValue { parser.kinds = LineKinds() }
            resumed.files.append(File(number: number, parser: parser))
        }
        resumed.arrivals = try LineArrivals(from: &reader, withPlain: version == Self.stateVersion)
        resumed.clock = try EventClock(from: &reader, resuming: clock)
        resumed.window = try HighTrafficWindow(from: &reader, longestSeconds: levelWindows.max() ?? 1)
        try reader.finish()
        resumed.plainTaken = resumed.arrivals.plain
        resumed.counter = TrafficCounter()
        resumed.counter.shiftSeconds = resumed.clock.shiftSeconds
        resumed.counter.watermark = resumed.clock.watermark
        try resumed.counter.reopen(windows)
        self = resumed
    }
}
