import Foundation
import GRDB
package import LogBatches
package import Wire

/// The batches of collected lines: the journal says what their files hold.
extension Journal {
    /// Takes a new batch in, durably, before it has a file: what lies in the folder and is not here is nobody's.
    ///
    /// - Parameters:
    ///   - draft: its `id`, `part` and `fileName` are replaced.
    ///   - name: the file's name for a part. A name that another batch of the log has is passed over with its part.
    package func openBatch(_ draft: LogBatch, name: (Int) -> String) throws(JournalError) -> LogBatch {
        try leaveReserveToDrains(for: JournalGroup(createdAt: draft.openedAt, batches: [draft]))
        return try write("take a batch into") { database in
            var batch = draft
            batch.part = try Journal.lastPart(ofWindowOf: draft, in: database) + 1
            batch.fileName = name(batch.part)
            let isTaken = try database.cachedStatement(
                sql: "SELECT 1 FROM batches WHERE host = ? AND log = ? AND file_name = ?"
            )
            while try Int.fetchOne(isTaken, arguments: [batch.host, batch.log, batch.fileName]) != nil {
                batch.part += 1
                batch.fileName = name(batch.part)
            }
            batch.id = 0
            try Journal.insert(batch, into: database)
            batch.id = database.lastInsertedRowID
            return batch
        }
    }

    /// The highest part of a window that was ever given, or more.
    ///
    /// A host that was away for longer than files are kept goes on where it stopped: what it has of a window whose file
    /// is gone must not be taken for that file, neither by the receiver nor by who reads the receipts.
    private static func lastPart(ofWindowOf batch: LogBatch, in database: GRDB.Database) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT MAX(part) FROM (
                        SELECT part FROM batches WHERE host = ?1 AND log = ?2 AND window_start = ?3
                        UNION ALL
                        SELECT part FROM removed_batches WHERE host = ?1 AND log = ?2 AND window_start >= ?3
                    )
                    """
            ),
            arguments: [batch.host, batch.log, batch.windowStart.milliseconds]
        ) ?? 0
    }

    /// Saves a batch by itself, durably: what has to be known before the next step is taken.
    package func save(_ batch: LogBatch) throws(JournalError) {
        try writeFromReserve("save a batch in") { database in try Journal.save(batch, in: database) }
    }

    /// One that was removed meanwhile stays removed.
    static func save(_ batch: LogBatch, in database: GRDB.Database) throws {
        let assignments = (["delivery"] + BatchColumns.changing).map { "\($0) = ?" }.joined(separator: ", ")
        try database.cachedStatement(sql: "UPDATE batches SET \(assignments) WHERE id = ?")
            .execute(arguments: [batch.delivery] + BatchColumns.changingValues(of: batch) + [batch.id])
    }

    static func insert(_ batch: LogBatch, into database: GRDB.Database) throws {
        let names = BatchColumns.fixed + BatchColumns.changing
        let marks = names.map { _ in "?" }.joined(separator: ", ")
        try database.cachedStatement(
            sql: "INSERT INTO batches (\(names.joined(separator: ", "))) VALUES (\(marks))"
        ).execute(arguments: BatchColumns.fixedValues(of: batch) + BatchColumns.changingValues(of: batch))
    }

    static func removeBatch(_ id: Int64, from database: GRDB.Database) throws {
        try database.cachedStatement(sql: "DELETE FROM batches WHERE id = ?").execute(arguments: [id])
    }

    /// Those of a query behind `WHERE`.
    func batches(where condition: String, _ arguments: StatementArguments = []) throws(JournalError) -> [LogBatch] {
        try read("read the batches of") { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: "SELECT \(BatchColumns.all) FROM batches WHERE \(condition)"),
                arguments: arguments
            )
            var batches: [LogBatch] = []
            while let row = try rows.next() { batches.append(LogBatch(row)) }
            return batches
        }
    }

    /// Those that a start has to compare with their files: all, since a file whose batch it is not told of is set aside.
    ///
    /// These may be hundreds of thousands: ask for them in pieces then.
    /// - Parameter after: the last id of the piece before.
    package func batchesToSettle(after id: Int64 = 0, limit: Int = .max) throws(JournalError) -> [LogBatch] {
        try batches(where: "id > ? ORDER BY id LIMIT ?", [id, limit])
    }

    /// Those that lines are appended to, by host and log.
    package func openBatches() throws(JournalError) -> [LogBatch] {
        try batches(where: "state = 'open' ORDER BY host, log, window_start, part")
    }

    /// What the files take, and how many there are.
    package func batchDiskUse() throws(JournalError) -> (bytes: UInt64, files: UInt64) {
        try read("read") { database in
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: "SELECT COALESCE(SUM(stored_bytes), 0), COALESCE(SUM(file_count), 0) FROM batch_totals"
                )
            )
            return (UInt64(clamping: (row?[0] as Int64?) ?? 0), UInt64(clamping: (row?[1] as Int64?) ?? 0))
        }
    }

    /// The batches that may hold lines of a time, by host, log, window and part.
    ///
    /// - Parameters:
    ///   - hosts: nil: of all; the same for logs.
    ///   - from: windows that end before it are left out.
    ///   - to: windows that begin at it or later are left out.
    package func batches(
        of hosts: Set<String>? = nil,
        logs: Set<String>? = nil,
        from: Timestamp? = nil,
        to: Timestamp? = nil
    ) throws(JournalError) -> [LogBatch] {
        // What overlaps began at most the longest window before.
        let longest: Int64 = 86_400_000
        let start = from.map { max($0.milliseconds, .min + longest) - longest } ?? .min
        return try read("read the batches of") { database in
            let select = try database.cachedStatement(
                sql: """
                    SELECT \(BatchColumns.all) FROM batches
                    WHERE host = ? AND log = ? AND window_start >= ? AND window_start < ?
                        AND window_start + 1000 * window_seconds > ? AND line_count > 0
                    ORDER BY window_start, part
                    """
            )
            var batches: [LogBatch] = []
            for name in try Journal.logsWithBatches(in: database) {
                guard hosts?.contains(name.host) ?? true, logs?.contains(name.log) ?? true else { continue }
                let rows = try Row.fetchCursor(
                    select,
                    arguments: [
                        name.host, name.log, start, to?.milliseconds ?? .max, from?.milliseconds ?? .min,
                    ]
                )
                while let row = try rows.next() { batches.append(LogBatch(row)) }
            }
            return batches
        }
    }
}
