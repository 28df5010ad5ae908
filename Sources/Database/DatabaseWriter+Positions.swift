import Wire

/// What this writer knows of a journal's row in `journal_positions`.
struct KnownPosition {
    var journal: String
    /// nil where there was no row.
    var position: JournalPosition?
}

extension KnownPosition {
    init(_ position: JournalPosition) {
        self.init(journal: position.journal, position: position)
    }
}

/// How far the traffic of a journal is counted.
///
/// The row moves in the transaction that counts, so a batch whose commit was not confirmed finds it moved and counts
/// nothing again. Only the journal's own metricsd moves it: when it is not where this connection left it, another
/// program uses the same journal, or the database was restored; the batch fails, and whoever connects anew compares.
extension DatabaseWriter {
    private static let readOperation = "read the journal's position"

    /// The stored position of that journal; nil if none of its traffic was counted. Blocks.
    ///
    /// Waits for a transaction of an earlier connection that the server has not ended yet.
    @available(*, noasync)
    package func position(of journal: String) throws(DatabaseError) -> JournalPosition? {
        let position = try storedPosition(of: journal)
        knownPosition = KnownPosition(journal: journal, position: position)
        return position
    }

    /// The position to count from, locked for this transaction.
    func lockPosition(of journal: String) throws(DatabaseError) -> JournalPosition? {
        let stored = try storedPosition(of: journal)
        guard let known = knownPosition, known.journal == journal else { return stored }
        // A row that somebody removed is made again where it was.
        guard let stored else { return known.position }
        guard stored == known.position else {
            throw DatabaseError(
                operation: Self.readOperation,
                server: connection.settings.server,
                text: "journal_positions has moved to record \(stored.record) by another program's doing",
                mend: "Give each metricsd a state directory of its own, not a copy of another's",
                isTransient: true
            )
        }
        return stored
    }

    private func storedPosition(of journal: String) throws(DatabaseError) -> JournalPosition? {
        text.removeAll()
        text.append(
            """
            SELECT last_record, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', recorded_at) DIV 1000 \
            FROM journal_positions WHERE journal_id =\u{20}
            """
        )
        text.append(quoted: journal)
        text.append(" FOR UPDATE")
        var position: JournalPosition?
        try connection.query(text.bytes, operation: Self.readOperation) { row in
            guard let record = row.integer(0), let time = row.integer(1) else { return }
            position = JournalPosition(
                journal: journal,
                record: record,
                recordedAt: Timestamp(milliseconds: time)
            )
        }
        return position
    }

    func move(to position: JournalPosition) throws(DatabaseError) {
        text.removeAll()
        text.append("INSERT INTO journal_positions (journal_id, last_record, recorded_at, updated_at) VALUES (")
        text.append(quoted: position.journal)
        text.append(UInt8(ascii: ","))
        text.append(position.record)
        text.append(UInt8(ascii: ","))
        text.append(position.recordedAt)
        text.append(
            """
            ,UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE last_record = VALUES(last_record), \
            recorded_at = VALUES(recorded_at), updated_at = VALUES(updated_at)
            """
        )
        try connection.execute(text.bytes, operation: "move the journal's position")
    }
}
