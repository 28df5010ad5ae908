import AccessLogs
import Journal
import Wire

/// What the journal keeps of a log for its reader: cursors, the reader's own state, and the windows that are open.
struct StoredLog: Sendable {
    private static let version: UInt8 = 1

    var cursors: [LogCursor]
    var readerState: [UInt8]
    var windows: [OpenWindow]

    static func encode(cursors: [LogCursor], readerState: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 256 + readerState.count)
        writer.write(version)
        writer.writeCount(cursors.count)
        for cursor in cursors { cursor.encode(into: &writer) }
        writer.write(readerState)
        return writer.bytes
    }

    /// - Throws: when the state was written by another version, or is damaged.
    init(decoding state: [UInt8], windows: [LogWindowState]) throws(WireError) {
        var reader = ByteReader(state)
        let version = try reader.readUInt8()
        guard version == Self.version else { throw .unknownKind(version) }
        cursors = []
        for _ in 0..<(try reader.readCount(ofAtLeast: 1)) { cursors.append(try LogCursor(from: &reader)) }
        readerState = try reader.readBytes()
        try reader.finish()
        self.windows = windows.map { OpenWindow(start: $0.windowStart, state: $0.state) }
    }
}
