import Database
import LogBatches
import Wire

extension RecordBatch {
    mutating func add(_ row: LogBatchRow) {
        begin(.logBatch)
        writer.write(row.host)
        writer.write(row.log)
        writer.write(row.windowStart)
        writer.writeVarint(row.part)
        writer.writeVarint(row.windowSeconds)
        writer.write(row.path)
        writer.writeVarint(row.lineCount)
        writer.writeVarint(row.byteCount)
        writer.write(row.sha256)
        writer.write(row.state.rawValue)
        writer.write(row.closedAt)
        writer.write(row.delivery)
        writer.writeVarint(row.attempts)
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
            part: try reader.readVarint(as: UInt32.self),
            windowSeconds: try reader.readVarint(as: UInt32.self),
            path: try reader.readString(),
            lineCount: try reader.readVarint(),
            byteCount: try reader.readVarint(),
            sha256: try reader.readOptionalString(),
            state: LogBatchRow.State(rawValue: try reader.readString()) ?? .failed,
            closedAt: try reader.readOptionalTimestamp(),
            delivery: try reader.readOptionalString(),
            attempts: try reader.readVarint(as: UInt32.self),
            lastError: try reader.readOptionalString(),
            remotePath: try reader.readOptionalString(),
            sentAt: try reader.readOptionalTimestamp(),
            isCompressed: try reader.readBool(),
            removedAt: try reader.readOptionalTimestamp()
        )
    }
}

extension LogBatchRow {
    /// - Parameter path: of its file, in the state directory.
    init(_ batch: LogBatch, path: String, removedAt: Timestamp? = nil) {
        self.init(
            host: batch.host,
            log: batch.log,
            windowStart: batch.windowStart,
            part: UInt32(clamping: batch.part),
            windowSeconds: UInt32(clamping: batch.windowSeconds),
            path: path,
            lineCount: batch.lineCount,
            byteCount: batch.byteCount,
            sha256: batch.sha256,
            state: State(rawValue: batch.state.rawValue) ?? .failed,
            closedAt: batch.closedAt,
            delivery: batch.delivery,
            attempts: UInt32(clamping: batch.attempts),
            lastError: batch.lastError,
            remotePath: batch.remotePath,
            sentAt: batch.sentAt,
            isCompressed: batch.isCompressed,
            removedAt: removedAt
        )
    }
}
