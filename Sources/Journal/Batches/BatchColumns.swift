import Foundation
import GRDB
import LogBatches
import Wire

/// The columns of `batches` and what of a `LogBatch` is in them, in one order.
enum BatchColumns {
    /// Never change once a batch is there; but `delivery` does, while it is open.
    static let fixed = [
        "host", "log", "window_start", "window_seconds", "part", "file_name", "delivery", "format", "opened_at",
    ]
    static let changing = [
        "state", "byte_count", "line_count", "hash_state", "sha256", "header", "clock_skew_ms", "appended_at",
        "closed_at",
        "is_compressed", "stored_bytes", "attempts", "next_attempt_at", "last_error", "remote_path", "is_being_renamed",
        "sent_at", "announced_to",
    ]
    static let all = (["id"] + fixed + changing).joined(separator: ", ")

    static func fixedValues(of batch: LogBatch) -> StatementArguments {
        [
            batch.host, batch.log, batch.windowStart.milliseconds, batch.windowSeconds, batch.part, batch.fileName,
            batch.delivery, batch.format, batch.openedAt.milliseconds,
        ]
    }

    static func changingValues(of batch: LogBatch) -> StatementArguments {
        [
            batch.state.rawValue, Int64(clamping: batch.byteCount), Int64(clamping: batch.lineCount),
            Data(batch.hashState), batch.sha256, Data(batch.header), batch.clockSkewMilliseconds,
            batch.appendedAt.milliseconds, batch.closedAt?.milliseconds, batch.isCompressed,
            Int64(clamping: batch.storedBytes), batch.attempts, batch.nextAttemptAt?.milliseconds, batch.lastError,
            batch.remotePath, batch.isBeingRenamed, batch.sentAt?.milliseconds,
            batch.announcedTo,
        ]
    }
}

extension LogBatch {
    /// - Parameter row: of `BatchColumns.all`.
    init(_ row: Row) {
        func moment(_ column: Int) -> Timestamp? { (row[column] as Int64?).map { Timestamp(milliseconds: $0) } }
        self.init(
            id: row[0],
            host: row[1],
            log: row[2],
            windowStart: Timestamp(milliseconds: row[3]),
            windowSeconds: row[4],
            part: row[5],
            fileName: row[6],
            delivery: row[7],
            // The table takes no other.
            state: State(rawValue: row[10]) ?? .failed,
            byteCount: UInt64(clamping: row[11] as Int64),
            lineCount: UInt64(clamping: row[12] as Int64),
            hashState: [UInt8](row[13] as Data),
            sha256: row[14],
            format: row[8],
            header: [UInt8](row[15] as Data),
            clockSkewMilliseconds: row[16],
            openedAt: Timestamp(milliseconds: row[9]),
            appendedAt: moment(17),
            closedAt: moment(18),
            isCompressed: row[19],
            storedBytes: UInt64(clamping: row[20] as Int64),
            attempts: row[21],
            nextAttemptAt: moment(22),
            lastError: row[23],
            remotePath: row[24],
            isBeingRenamed: row[25],
            sentAt: moment(26),
            announcedTo: row[27]
        )
    }
}
