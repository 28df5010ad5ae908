import Wire

extension DatabaseWriter {
    private static let logLimit = 64
    private static let pathLimit = 700
    private static let remotePathLimit = 1_000

    private struct Key: Hashable {
        var host: UInt32
        var log: ExactName
        var windowStart: Int64
        var part: UInt32
    }

    /// Of several values of a batch the last one is written: what came before it, nobody needs to see.
    func storeLogBatches(_ rows: [LogBatchRow]) throws(DatabaseError) {
        if rows.isEmpty { return }
        var newest: [Key: LogBatchRow] = [:]
        for row in rows {
            // Without a number, the host was prepared in vain: it is gone again.
            guard let host = hostNumber(row.host) else { throw vanished("hosts") }
            let log = ExactName(ShortText.name(of: row.log, Self.logLimit))
            newest[Key(host: host, log: log, windowStart: row.windowStart.milliseconds, part: row.part)] = row
        }
        var insert = MultiRowInsert(
            connection,
            text,
            head: """
                INSERT INTO log_batches (host_id, log_name, window_start, part, window_seconds, path, line_count, \
                byte_count, sha256, state, closed_at, delivery, attempts, last_error, remote_path, sent_at, \
                is_compressed, removed_at) VALUES\u{20}
                """,
            tail: """
                 ON DUPLICATE KEY UPDATE window_seconds = VALUES(window_seconds), path = VALUES(path), \
                line_count = VALUES(line_count), byte_count = VALUES(byte_count), sha256 = VALUES(sha256), \
                state = VALUES(state), closed_at = VALUES(closed_at), delivery = VALUES(delivery), \
                attempts = VALUES(attempts), last_error = VALUES(last_error), remote_path = VALUES(remote_path), \
                sent_at = VALUES(sent_at), is_compressed = VALUES(is_compressed), removed_at = VALUES(removed_at)
                """,
            operation: "write log batches"
        )
        // In the order of the unique key, so that two programs lock in the same order.
        let order = newest.sorted { left, right in
            (left.key.host, left.key.log.text, left.key.windowStart, left.key.part)
                < (right.key.host, right.key.log.text, right.key.windowStart, right.key.part)
        }
        for (key, row) in order {
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            text.append(Int64(key.host))
            separate()
            text.append(quoted: key.log.text)
            separate()
            text.append(row.windowStart)
            appendNext(UInt64(row.part))
            appendNext(UInt64(row.windowSeconds))
            separate()
            text.append(quoted: ShortText.name(of: row.path, Self.pathLimit))
            appendNext(row.lineCount)
            appendNext(row.byteCount)
            separate()
            text.append(quoted: row.sha256)
            separate()
            text.append(quoted: row.state.rawValue)
            separate()
            append(row.closedAt)
            separate()
            text.append(quoted: row.delivery.map { ShortText.name(of: $0, Self.logLimit) })
            appendNext(UInt64(row.attempts))
            separate()
            text.append(quoted: row.lastError.map { ShortText.prefix(of: $0, DatabaseWriter.sentenceLimit) })
            separate()
            text.append(quoted: row.remotePath.map { ShortText.name(of: $0, Self.remotePathLimit) })
            separate()
            append(row.sentAt)
            separate()
            text.append(row.isCompressed ? "TRUE" : "FALSE")
            separate()
            append(row.removedAt)
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }
}
