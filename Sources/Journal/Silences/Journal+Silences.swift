import GRDB
package import Wire

extension Journal {
    /// Keeps a silence and returns its number; whatever number it has is not looked at.
    package func add(_ silence: StoredSilence) throws(JournalError) -> Int64 {
        try write("put a silence into") { database in
            try database.execute(
                sql: """
                    INSERT INTO silences (host, type, from_at, until_at, is_duration, reason, author)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    silence.host, silence.type ?? "", silence.from.milliseconds, silence.until.milliseconds,
                    silence.isDuration, silence.reason, silence.author,
                ]
            )
            return database.lastInsertedRowID
        }
    }

    /// Those that hold, oldest first. Asked every second: one look into an index.
    package func activeSilences(at now: Timestamp) throws(JournalError) -> [StoredSilence] {
        try read("read") { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT \(Journal.silenceColumns) FROM silences
                        WHERE ended_at IS NULL AND until_at > ? ORDER BY id
                        """
                ),
                arguments: [now.milliseconds]
            ).map(StoredSilence.init(row:))
        }
    }

    /// Nil where there never was one of this number.
    package func silence(_ id: Int64) throws(JournalError) -> StoredSilence? {
        try read("read") { database in
            try Row.fetchOne(
                database,
                sql: "SELECT \(Journal.silenceColumns) FROM silences WHERE id = ?",
                arguments: [id]
            ).map(StoredSilence.init(row:))
        }
    }

    /// Whether it held until now.
    package func endSilence(_ id: Int64, at now: Timestamp) throws(JournalError) -> Bool {
        try write("end a silence in") { database in
            try database.execute(
                sql: "UPDATE silences SET ended_at = ? WHERE id = ? AND ended_at IS NULL AND until_at > ?",
                arguments: [now.milliseconds, id, now.milliseconds]
            )
            return database.changesCount == 1
        }
    }

    /// The clock was set: what holds for a time goes on holding for what is left of it.
    /// - Parameter before: the moment, by the clock as it went until then.
    package func moveSilences(by milliseconds: Int64, before: Timestamp) throws(JournalError) {
        try write("update the silences of") { database in
            try database.execute(
                sql: """
                    UPDATE silences SET from_at = from_at + ?, until_at = until_at + ?
                    WHERE is_duration AND ended_at IS NULL AND from_at <= ? AND until_at > ?
                    """,
                arguments: [milliseconds, milliseconds, before.milliseconds, before.milliseconds]
            )
        }
    }

    /// Forgets silences that were over before `moment`.
    package func pruneSilences(before moment: Timestamp) throws(JournalError) {
        try writeFromReserve("prune") { database in
            try database.execute(
                sql: "DELETE FROM silences WHERE COALESCE(ended_at, until_at) < ?",
                arguments: [moment.milliseconds]
            )
        }
    }

    private static let silenceColumns = "id, host, type, from_at, until_at, is_duration, reason, author, ended_at"
}

extension StoredSilence {
    fileprivate init(row: Row) {
        let type: String = row[2]
        let endedAt: Int64? = row[8]
        self.init(
            id: row[0],
            host: row[1],
            type: type.isEmpty ? nil : type,
            from: Timestamp(milliseconds: row[3]),
            until: Timestamp(milliseconds: row[4]),
            isDuration: row[5],
            reason: row[6],
            author: row[7],
            endedAt: endedAt.map { Timestamp(milliseconds: $0) }
        )
    }
}
