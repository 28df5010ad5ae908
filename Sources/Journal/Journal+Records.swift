import Foundation
import GRDB
package import Wire

/// Something that waits to be written to MySQL. Only who wrote it understands the payload.
package struct JournalRecord: Sendable, Equatable {
    package var kind: UInt8
    package var payload: [UInt8]

    package init(kind: UInt8, payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }
}

/// A record with its place in the queue. Ids only grow, across restarts too.
package struct StoredRecord: Sendable, Equatable {
    package var id: Int64
    package var createdAt: Timestamp
    package var record: JournalRecord
}

/// How much waits for MySQL.
package struct RecordBacklog: Sendable, Equatable {
    package var count: Int
    /// The payloads' bytes; the file needs a little more.
    package var bytes: Int
    /// When the oldest waiting record was made; nil when nothing waits.
    package var oldest: Timestamp?
}

extension Journal {
    static func insert(_ records: [JournalRecord], createdAt: Timestamp, into database: GRDB.Database) throws {
        guard !records.isEmpty else { return }
        let insert = try database.cachedStatement(
            sql: "INSERT INTO records (kind, created_at, payload) VALUES (?, ?, ?)"
        )
        var bytes = 0
        for record in records {
            try insert.execute(arguments: [Int64(record.kind), createdAt.milliseconds, Data(record.payload)])
            bytes += record.payload.count
        }
        try addToTotals(count: records.count, bytes: bytes, in: database)
    }

    private static func addToTotals(count: Int, bytes: Int, in database: GRDB.Database) throws {
        try database.cachedStatement(
            sql: "UPDATE record_totals SET record_count = record_count + ?, byte_count = byte_count + ?"
        ).execute(arguments: [count, bytes])
    }

    /// The oldest records behind `id` (0: from the start), in the order they were committed, until their payloads
    /// exceed `limitBytes`; at least one where there is one.
    package func records(after id: Int64, limitBytes: Int) throws(JournalError) -> [StoredRecord] {
        try read("read") { database in
            let select = try database.cachedStatement(
                sql: "SELECT id, kind, created_at, payload FROM records WHERE id > ? ORDER BY id"
            )
            var records: [StoredRecord] = []
            var bytes = 0
            let rows = try Row.fetchCursor(select, arguments: [id])
            while let row = try rows.next() {
                // The bytes are SQLite's until the next step: copied once, into the array.
                let payload = try row.withUnsafeData(atIndex: 3) { $0.map { [UInt8]($0) } ?? [] }
                bytes += payload.count
                if !records.isEmpty, bytes > limitBytes { break }
                records.append(
                    StoredRecord(
                        id: row[0],
                        createdAt: Timestamp(milliseconds: row[2]),
                        record: JournalRecord(kind: row[1], payload: payload)
                    )
                )
            }
            return records
        }
    }

    /// Forgets the records up to and including `id`, once they are in MySQL. Gives space back where a backlog has gone.
    package func removeRecords(through id: Int64) throws(JournalError) {
        try writeFromReserve("remove records from") { database in
            let removed = try Row.fetchOne(
                database.cachedStatement(
                    sql: "SELECT COUNT(*), COALESCE(SUM(LENGTH(payload)), 0) FROM records WHERE id <= ?"
                ),
                arguments: [id]
            )
            guard let removed, let count: Int = removed[0], let bytes: Int = removed[1], count > 0 else { return }
            try database.cachedStatement(sql: "DELETE FROM records WHERE id <= ?").execute(arguments: [id])
            try Journal.addToTotals(count: -count, bytes: -bytes, in: database)
        }
        reclaimSpace()
    }

    package func backlog() throws(JournalError) -> RecordBacklog {
        try read("read") { database in
            let totals = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT record_count, byte_count FROM record_totals")
            )
            let oldest = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT created_at FROM records ORDER BY id LIMIT 1")
            )
            return RecordBacklog(
                count: totals?[0] ?? 0,
                bytes: totals?[1] ?? 0,
                oldest: oldest.map { Timestamp(milliseconds: $0) }
            )
        }
    }
}
