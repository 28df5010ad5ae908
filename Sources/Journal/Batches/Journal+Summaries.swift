package import Alerts
import Foundation
import GRDB
package import Wire

/// What became of the batches that were closed in a time, for one host.
package struct BatchTotals: Equatable, Sendable {
    package var host: String
    package var delivery: String?
    package var files: Int
    package var lines: UInt64
    /// Before compression.
    package var bytes: UInt64
    package var sent: Int
    package var failed: Int
}

extension Journal {
    /// By host and delivery. A batch counts for the time in which it was closed.
    ///
    /// - Parameter to: not included.
    package func batchTotals(closedFrom from: Timestamp, to: Timestamp) throws(JournalError) -> [BatchTotals] {
        try read("read") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT host, delivery, COUNT(*), SUM(line_count), SUM(byte_count), SUM(state = 'sent'),
                        SUM(state = 'failed')
                    FROM batches WHERE closed_at >= ? AND closed_at < ? GROUP BY host, delivery ORDER BY host, delivery
                    """,
                arguments: [from.milliseconds, to.milliseconds]
            ).map { row in
                BatchTotals(
                    host: row[0],
                    delivery: row[1],
                    files: row[2],
                    lines: UInt64(clamping: row[3] as Int64),
                    bytes: UInt64(clamping: row[4] as Int64),
                    sent: row[5],
                    failed: row[6]
                )
            }
        }
    }

    /// Queues a summary, and keeps up to when it tells, in one transaction: none is sent twice or left out.
    package func queueSummary(_ mail: OutboxMail, through: Timestamp) throws(JournalError) {
        try writeFromReserve("put a summary into") { database in
            _ = try Journal.insert(mail, into: database)
            try Journal.setSummarySentThrough(through, in: database)
        }
    }

    /// Nil before the first.
    package func summarySentThrough() throws(JournalError) -> Timestamp? {
        try metadata(.summarySentThrough).flatMap(Int64.init).map { Timestamp(milliseconds: $0) }
    }

    /// From where on the first summary tells.
    package func setSummarySentThrough(_ moment: Timestamp) throws(JournalError) {
        try writeFromReserve("write to") { database in try Journal.setSummarySentThrough(moment, in: database) }
    }

    private static func setSummarySentThrough(_ moment: Timestamp, in database: GRDB.Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO metadata (name, value) VALUES (?, ?)",
            arguments: [MetadataName.summarySentThrough.rawValue, "\(moment.milliseconds)"]
        )
    }

    // MARK: Alerts

    static func keepEvent(of change: AlertChange, at now: Timestamp, in database: GRDB.Database) throws {
        guard let kind = change.event, let alert = change.alert else { return }
        let notification = AlertNotification(kind: kind, alert: alert, recipients: [])
        try database.cachedStatement(sql: "INSERT INTO alert_events (at, kind, content) VALUES (?, ?, ?)")
            .execute(arguments: [now.milliseconds, kind.rawValue, try StoredJSON.encode(notification)])
    }

    /// What happened to alerts in a time, oldest first, without recipients.
    ///
    /// - Parameter to: not included.
    package func alertEvents(from: Timestamp, to: Timestamp) throws(JournalError) -> [AlertNotification] {
        try read("read") { database in
            try Data.fetchAll(
                database,
                sql: "SELECT content FROM alert_events WHERE at >= ? AND at < ? ORDER BY id",
                arguments: [from.milliseconds, to.milliseconds]
            ).compactMap { try? StoredJSON.decode(AlertNotification.self, from: $0) }
        }
    }

    package func pruneAlertEvents(before: Timestamp) throws(JournalError) {
        try writeFromReserve("prune") { database in
            try database.execute(sql: "DELETE FROM alert_events WHERE at < ?", arguments: [before.milliseconds])
        }
    }
}
