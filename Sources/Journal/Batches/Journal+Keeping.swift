import GRDB
package import LogBatches
package import Wire

/// What the housekeeping asks for.
extension Journal {
    /// Which logs have batches: also of logs that nobody configures any more.
    package func logsWithBatches() throws(JournalError) -> Set<LogName> {
        try read("read") { database in Set(try Journal.logsWithBatches(in: database)) }
    }

    /// By host and log. One step in the index for each, not for each batch.
    static func logsWithBatches(in database: GRDB.Database) throws -> [LogName] {
        let next = try database.cachedStatement(
            sql: "SELECT host, log FROM batches WHERE (host, log) > (?, ?) ORDER BY host, log LIMIT 1"
        )
        var names: [LogName] = []
        while let row = try Row.fetchOne(next, arguments: [names.last?.host ?? "", names.last?.log ?? ""]) {
            names.append(LogName(host: row[0], log: row[1]))
        }
        return names
    }

    /// Batches of a log that can be compressed: closed long enough, and delivered where they are to be; oldest first.
    package func compressible(_ name: LogName, closedBefore: Timestamp, limit: Int) throws(JournalError) -> [LogBatch] {
        try batches(
            where: """
                is_compressed = 0 AND host = ? AND log = ? AND closed_at < ?
                AND (state = 'sent' OR state = 'closed' AND delivery IS NULL) ORDER BY closed_at LIMIT ?
                """,
            [name.host, name.log, closedBefore.milliseconds, limit]
        )
    }

    /// Batches of a log whose time is over: closed and to be delivered to nobody, or delivered. Never one that is
    /// undelivered or failed.
    ///
    /// - Parameter before: they were closed before it, and delivered before it.
    package func removable(_ name: LogName, before: Timestamp, limit: Int) throws(JournalError) -> [LogBatch] {
        try batches(
            where: """
                host = ? AND log = ? AND closed_at < ?
                AND (state = 'sent' AND sent_at < ? OR state = 'closed' AND delivery IS NULL) ORDER BY closed_at LIMIT ?
                """,
            [name.host, name.log, before.milliseconds, before.milliseconds, limit]
        )
    }

    /// Failed batches of a log, oldest first: kept however old they are, as long as there is a file.
    package func failed(_ name: LogName, closedBefore: Timestamp) throws(JournalError) -> [LogBatch] {
        try batches(
            where: "host = ? AND log = ? AND closed_at < ? AND state = 'failed' ORDER BY closed_at",
            [name.host, name.log, closedBefore.milliseconds]
        )
    }

    /// A batch as it stands now; nil where the journal has forgotten it.
    package func batch(_ id: Int64) throws(JournalError) -> LogBatch? {
        try batches(where: "id = ?", [id]).first
    }
}
