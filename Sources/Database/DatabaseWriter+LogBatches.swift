import Wire

extension DatabaseWriter {
    func storeLogBatches(_ rows: [LogBatchRow]) throws(DatabaseError) {
        if rows.isEmpty { return }
        var insert = MultiRowInsert(
            connection,
            text,
            head: """
                INSERT INTO log_batches (host_id, log_name, window_start, part, window_seconds, path, line_count, \
                sha256, state, delivery, last_error, remote_path, byte_count, is_compressed, attempts, closed_at, \
                sent_at, removed_at, opened_at) VALUES\u{20}
                """,
            tail: Self.takeNewer,
            operation: "write log batches"
        )
        for row in rows {
            // Without a number, the host was prepared in vain: it is gone again.
            guard let host = hostNumber(row.host) else { throw vanished("hosts") }
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            text.append(Int64(host))
            separate()
            text.append(quoted: ShortText.name(of: row.log, TrafficSums.logLimit))
            separate()
            text.append(row.windowStart)
            separate()
            text.append(Int64(row.part))
            separate()
            text.append(Int64(row.windowSeconds))
            separate()
            text.append(quoted: ShortText.name(of: row.path, 700))
            separate()
            text.append(Int64(clamping: row.lineCount))
            separate()
            text.append(quoted: row.sha256.map { ShortText.prefix(of: $0, 64) })
            separate()
            text.append(quoted: row.state.rawValue)
            separate()
            text.append(quoted: row.delivery.map { ShortText.name(of: $0, TrafficSums.logLimit) })
            separate()
            text.append(quoted: row.lastError.map { ShortText.prefix(of: $0, DatabaseWriter.sentenceLimit) })
            separate()
            text.append(quoted: row.remotePath.map { ShortText.name(of: $0, 1_000) })
            separate()
            text.append(Int64(clamping: row.byteCount))
            separate()
            text.append(row.isCompressed ? "TRUE" : "FALSE")
            separate()
            text.append(Int64(row.attempts))
            separate()
            append(row.closedAt)
            separate()
            append(row.sentAt)
            separate()
            append(row.removedAt)
            separate()
            text.append(row.openedAt)
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }

    /// An older record than the row's, repeated or late, changes nothing: a file that was sent is not closed again.
    ///
    /// What is told in the end comes first here: a file that was opened later, then removed, sent, closed. By clocks
    /// only where files differ, so a clock that was set back hides nothing.
    private static let isNewer = """
        (VALUES(opened_at), VALUES(removed_at) IS NOT NULL, VALUES(sent_at) IS NOT NULL, \
        VALUES(closed_at) IS NOT NULL, VALUES(attempts), VALUES(is_compressed), VALUES(byte_count)) \
        >= (COALESCE(opened_at, '1970-01-01'), removed_at IS NOT NULL, sent_at IS NOT NULL, \
        closed_at IS NOT NULL, attempts, is_compressed, byte_count)
        """

    /// Both servers assign from the left, and later conditions see what was assigned. So what is compared stands at the
    /// end, the least first: behind each assignment the comparison comes out as before.
    private static let takeNewer: String = {
        let columns = [
            "window_seconds", "path", "line_count", "sha256", "state", "delivery", "last_error", "remote_path",
            "byte_count", "is_compressed", "attempts", "closed_at", "sent_at", "removed_at", "opened_at",
        ]
        let assignments = columns.map { "\($0) = IF(\(isNewer), VALUES(\($0)), \($0))" }
        return " ON DUPLICATE KEY UPDATE " + assignments.joined(separator: ", ")
    }()
}
