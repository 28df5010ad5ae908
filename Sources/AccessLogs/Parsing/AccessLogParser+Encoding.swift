package import Wire

/// What is kept with a file's cursor. Foreign bytes when read: it comes from a file on disk.
extension AccessLogParser {
    private static let version: UInt8 = 1

    package func encode(into writer: inout ByteWriter) {
        writer.write(Self.version)
        writer.write(kinds.lines.common)
        writer.write(kinds.lines.combined)
        writer.write(kinds.lines.w3c)
        writer.write(kinds.led)
        writer.write(kinds.withFurtherFields)
        writer.write(kinds.unreadInARow)
        writer.write(fields != nil)
        if let fields { writer.write(fields.text) }
        writer.write(clock.newest != nil)
        if let newest = clock.newest { writer.write(newest) }
        writer.write(clock.isFromDirective)
    }

    /// The format is the one configured now; what the file said about itself holds for each.
    package init(from reader: inout ByteReader, _ format: AccessLogFormat) throws(WireError) {
        self.init(format)
        let version = try reader.readUInt8()
        guard version == Self.version else { throw .unknownKind(version) }
        kinds = LineKinds(
            common: try Self.readCount(&reader),
            combined: try Self.readCount(&reader),
            w3c: try Self.readCount(&reader),
            led: try Self.readCount(&reader),
            withFurtherFields: try Self.readCount(&reader),
            unreadInARow: min(try reader.readUInt8(), UInt8(LineKinds.patience - 1))
        )
        if try reader.readBool() { fields = W3CFields(try reader.readBytes()) }
        var newest: Int64?
        if try reader.readBool() {
            let moment = try reader.readInt64()
            // Years 1970 to 9999, and the days that lines without another date added.
            guard (0...1 << 52).contains(moment) else { throw .malformedNumber }
            newest = moment
        }
        clock = W3CClock(newest: newest, isFromDirective: try reader.readBool())
    }

    private static func readCount(_ reader: inout ByteReader) throws(WireError) -> UInt8 {
        let count = try reader.readUInt8()
        guard count <= LineKinds.deciding else { throw .malformedNumber }
        return count
    }
}
