import Database
import LogBatches
import Wire

extension RecordBatch {
    /// How a batch file stands.
    mutating func add(_ row: LogBatchRow) {
        begin(.logBatch)
        writer.write(row.host)
        writer.write(row.log)
        writer.write(row.windowStart)
        writer.writeVarint(UInt64(max(row.windowSeconds, 0)))
        writer.writeVarint(UInt64(max(row.part, 0)))
        writer.write(row.path)
        writer.writeVarint(row.lineCount)
        writer.writeVarint(row.byteCount)
        writer.write(row.sha256)
        writer.write(row.state.rawValue)
        writer.write(row.openedAt)
        writer.write(row.closedAt)
        writer.write(row.delivery)
        writer.writeVarint(UInt64(max(row.attempts, 0)))
        writer.write(row.lastError)
        writer.write(row.remotePath)
        writer.write(row.sentAt)
        writer.write(row.isCompressed)
        writer.write(row.removedAt)
    }

    static func readLogBatch(from reader: inout ByteReader) throws(WireError) -> LogBatchRow {
        LogBatchRow(
            host: try reader.readString(),
            log: try reader.readString(),
            windowStart: try reader.readTimestamp(),
            windowSeconds: try reader.readVarint(as: Int.self),
            part: try reader.readVarint(as: Int.self),
            path: try reader.readString(),
            lineCount: try reader.readVarint(),
            byteCount: try reader.readVarint(),
            sha256: try reader.readOptionalString(),
            state: LogBatchRow.State(rawValue: try reader.readString()) ?? .open,
            openedAt: try reader.readTimestamp(),
            closedAt: try reader.readOptionalTimestamp(),
            delivery: try reader.readOptionalString(),
            attempts: try reader.readVarint(as: Int.self),
            lastError: try reader.readOptionalString(),
            remotePath: try reader.readOptionalString(),
            sentAt: try reader.readOptionalTimestamp(),
            isCompressed: try reader.readBool(),
            removedAt: try reader.readOptionalTimestamp()
        )
    }
}

extension LogBatchRow {
    /// - Parameters:
    ///   - path: where its file is, below the state directory.
    ///   - removedAt: when the file was deleted.
    init(_ batch: LogBatch, path: String, removedAt: Timestamp? = nil) {
        self.init(
            host: batch.host,
            log: batch.log,
            windowStart: batch.windowStart,
            windowSeconds: batch.windowSeconds,
            part: batch.part,
            path: path,
            lineCount: batch.lineCount,
            byteCount: batch.byteCount,
            sha256: batch.sha256,
            state: State(batch.state),
            openedAt: batch.openedAt,
            closedAt: batch.closedAt,
            delivery: batch.delivery,
            attempts: batch.attempts,
            lastError: batch.lastError,
            // Before, it is where it is to be renamed to.
            remotePath: batch.state == .sent ? batch.remotePath : nil,
            sentAt: batch.sentAt,
            isCompressed: batch.isCompressed,
            removedAt: removedAt
        )
    }
}

extension LogBatchRow.State {
    init(_ state: LogBatch.State) {
        self =
            switch state {
            case .open: .open
            case .closed: .closed
            case .sent: .sent
            case .failed: .failed
            }
    }
}
