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
            let last = try Int.fetchOne(
                database.cachedStatement(
                    sql: "SELECT MAX(part) FROM batches WHERE host = ? AND log = ? AND window_start = ?"
                ),
                arguments: [draft.host, draft.log, draft.windowStart.milliseconds]
            )
            batch.part = (last ?? 0) + 1
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

    /// Saves a batch by itself, durably: what has to be known before the next step is taken.
    package func save(_ batch: LogBatch) throws(JournalError) {
        try writeFromReserve("save a batch in") { database in try Journal.save(batch, in: database) }
    }

    /// One that was removed meanwhile stays removed.
    static func save(_ batch: LogBatch, in database: GRDB.Database) throws {
        let assignments = BatchColumns.changing.map { "\($0) = ?" }.joined(separator: ", ")
        try database.cachedStatement(sql: "UPDATE batches SET \(assignments) WHERE id = ?")
            .execute(arguments: BatchColumns.changingValues(of: batch) + [batch.id])
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
    package func batchesToSettle() throws(JournalError) -> [LogBatch] {
        try batches(where: "TRUE ORDER BY id")
    }

    /// What the files take, and how many there are.
    package func batchDiskUse() throws(JournalError) -> (bytes: UInt64, files: UInt64) {
        try read("read") { database in
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT stored_bytes, file_count FROM batch_totals")
            )
            let bytes: Int64 = row?[0] ?? 0
            let files: Int64 = row?[1] ?? 0
            return (UInt64(max(bytes, 0)), UInt64(max(files, 0)))
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
        var conditions = ["line_count > 0"]
        var arguments: StatementArguments = []
        for (column, names) in [("host", hosts), ("log", logs)] {
            guard let names else { continue }
            conditions.append("\(column) IN (SELECT value FROM json_each(?))")
            // Names hold letters, digits and `._-` only, but the encoder need not know.
            let list = String(decoding: (try? JSONEncoder().encode(names.sorted())) ?? Data("[]".utf8), as: UTF8.self)
            arguments += [list]
        }
        if let from {
            conditions.append("window_start + 1000 * window_seconds > ?")
            arguments += [from.milliseconds]
        }
        if let to {
            conditions.append("window_start < ?")
            arguments += [to.milliseconds]
        }
        return try batches(
            where: conditions.joined(separator: " AND ") + " ORDER BY host, log, window_start, part",
            arguments
        )
    }
}
