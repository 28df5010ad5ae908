import Foundation
import GRDB
package import Wire

extension Journal {
    /// Puts mails into the outbox and takes the notifications they tell of out of the queue, in one transaction.
    ///
    /// A mail whose message id is there already is the same mail: its notifications go, and it is not sent again.
    /// Returns the message ids of those that are new.
    @discardableResult
    package func enqueueMails(
        _ mails: [OutboxMail],
        consuming notificationIDs: [Int64]
    ) throws(JournalError) -> [String] {
        try writeFromReserve("put a mail into") { database in
            try Journal.deleteNotifications(notificationIDs, from: database)
            return try mails.filter { try Journal.insert($0, into: database) }.map(\.messageID)
        }
    }

    /// Whether the mail is new.
    static func insert(_ mail: OutboxMail, into database: GRDB.Database) throws -> Bool {
        let recipients = RecipientKey.key(of: mail.recipients)
        try database.cachedStatement(
            sql: """
                INSERT INTO mails (message_id, recipients, subject, content, resolved_alerts, created_at, state,
                    next_attempt_at)
                VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?)
                ON CONFLICT (message_id) DO NOTHING
                """
        ).execute(arguments: [
            mail.messageID, recipients, mail.subject, Data(mail.content),
            mail.resolvedAlerts.joined(separator: "\n"), mail.createdAt.milliseconds, mail.createdAt.milliseconds,
        ])
        guard database.changesCount == 1 else { return false }
        for alert in mail.raisedAlerts {
            try database.cachedStatement(
                sql: """
                    INSERT INTO alert_mails (alert_id, recipients, message_id, created_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (alert_id, recipients) DO NOTHING
                    """
            ).execute(arguments: [alert, recipients, mail.messageID, mail.createdAt.milliseconds])
        }
        return true
    }

    /// The message id of the mail that raised an alert to these recipients; nil when there was none.
    package func messageID(raising alert: String, to recipients: [String]) throws(JournalError) -> String? {
        try read("read") { database in
            try String.fetchOne(
                database.cachedStatement(
                    sql: "SELECT message_id FROM alert_mails WHERE alert_id = ? AND recipients = ?"
                ),
                arguments: [alert, RecipientKey.key(of: recipients)]
            )
        }
    }

    /// No attempt is put off for longer; one that seems to be was planned before the clock was set back.
    private static let longestRetry: Int64 = 3_600_000

    /// The waiting mail whose next attempt is due longest.
    package func nextMail(now: Timestamp) throws(JournalError) -> StoredMail? {
        try read("read") { database in
            try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT \(Journal.mailColumns) FROM mails
                        WHERE state = 'waiting' AND (next_attempt_at <= ? OR next_attempt_at > ?)
                        ORDER BY next_attempt_at, id LIMIT 1
                        """
                ),
                arguments: [now.milliseconds, now.milliseconds + Journal.longestRetry]
            ).map(StoredMail.init(row:))
        }
    }

    /// When a mail is to be tried next; nil when none waits.
    package func nextMailAttempt() throws(JournalError) -> Timestamp? {
        try read("read") { database in
            try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT MIN(next_attempt_at) FROM mails WHERE state = 'waiting'")
            ).map { Timestamp(milliseconds: $0) }
        }
    }

    /// The server has taken the mail. The first mails of the alerts that it ends are forgotten.
    package func markSent(_ id: Int64, at now: Timestamp) throws(JournalError) {
        try endMail(id, as: .sent, at: now, error: nil)
    }

    /// The server will never take the mail: it is kept and shown, not tried again.
    package func markRefused(_ id: Int64, error: String, at now: Timestamp) throws(JournalError) {
        try endMail(id, as: .refused, at: now, error: error)
    }

    /// An attempt failed that may succeed later.
    package func markFailed(_ id: Int64, error: String, retryAt: Timestamp) throws(JournalError) {
        try writeFromReserve("update a mail in") { database in
            try database.cachedStatement(
                sql: """
                    UPDATE mails SET attempts = attempts + 1, next_attempt_at = ?, last_error = ?
                    WHERE id = ? AND state = 'waiting'
                    """
            ).execute(arguments: [retryAt.milliseconds, error, id])
        }
    }

    /// Some recipients have it; the others, whom the server refused for now, are tried again.
    package func markPartlySent(
        _ id: Int64,
        remaining: [String],
        error: String,
        retryAt: Timestamp
    ) throws(JournalError) {
        try writeFromReserve("update a mail in") { database in
            try database.cachedStatement(
                sql: """
                    UPDATE mails SET remaining = ?, attempts = attempts + 1, next_attempt_at = ?, last_error = ?
                    WHERE id = ? AND state = 'waiting'
                    """
            ).execute(arguments: [RecipientKey.key(of: remaining), retryAt.milliseconds, error, id])
        }
    }

    /// Some recipients will never get it: they are kept and shown as a refused mail of their own, whatever becomes of
    /// the mail for the others.
    package func keepRefused(
        _ id: Int64,
        recipients: [String],
        error: String,
        at now: Timestamp
    ) throws(JournalError) {
        try writeFromReserve("update a mail in") { database in
            try database.cachedStatement(
                sql: """
                    INSERT INTO mails (message_id, recipients, subject, content, resolved_alerts, created_at, state,
                        attempts, next_attempt_at, ended_at, last_error)
                    SELECT message_id || ' refused by ' || id || '-' || attempts, ?, subject, content, '', created_at,
                        'refused', attempts + 1, next_attempt_at, ?, ? FROM mails WHERE id = ?
                    ON CONFLICT (message_id) DO NOTHING
                    """
            ).execute(arguments: [RecipientKey.key(of: recipients), now.milliseconds, error, id])
        }
    }

    private func endMail(
        _ id: Int64,
        as state: StoredMail.State,
        at now: Timestamp,
        error: String?
    ) throws(JournalError) {
        try writeFromReserve("update a mail in") { database in
            try database.cachedStatement(
                sql: """
                    UPDATE mails SET state = ?, attempts = attempts + 1, ended_at = ?, last_error = ?
                    WHERE id = ? AND state = 'waiting'
                    """
            ).execute(arguments: [state.rawValue, now.milliseconds, error, id])
            guard database.changesCount == 1 else { return }
            let ended = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT recipients, resolved_alerts FROM mails WHERE id = ?"),
                arguments: [id]
            )
            guard let ended, let recipients: String = ended[0], let alerts: String = ended[1] else { return }
            for alert in alerts.split(separator: "\n") {
                try database.cachedStatement(sql: "DELETE FROM alert_mails WHERE alert_id = ? AND recipients = ?")
                    .execute(arguments: [String(alert), recipients])
            }
        }
    }

    /// Refused mails, newest first.
    package func refusedMails(limit: Int = 20) throws(JournalError) -> [StoredMail] {
        try read("read") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT \(Journal.mailColumns) FROM mails WHERE state = 'refused' ORDER BY id DESC LIMIT ?",
                arguments: [limit]
            ).map(StoredMail.init(row:))
        }
    }

    package func outboxSummary() throws(JournalError) -> OutboxSummary {
        try read("read") { database in
            let counts = try Row.fetchOne(
                database,
                sql: """
                    SELECT COALESCE(SUM(state = 'waiting'), 0), COALESCE(SUM(state = 'refused'), 0) FROM mails
                    WHERE state IN ('waiting', 'refused')
                    """
            )
            let error = try String.fetchOne(
                database,
                sql: """
                    SELECT last_error FROM mails WHERE state IN ('waiting', 'refused') AND last_error IS NOT NULL
                    ORDER BY id DESC LIMIT 1
                    """
            )
            return OutboxSummary(waiting: counts?[0] ?? 0, refused: counts?[1] ?? 0, lastError: error)
        }
    }

    /// Forgets mails that were sent before `moment`, and threads so old that no reply is to be expected.
    package func pruneMails(sentBefore moment: Timestamp) throws(JournalError) {
        let forgotten = moment.milliseconds - 400 * 86_400_000
        try writeFromReserve("prune") { database in
            try database.execute(
                sql: "DELETE FROM mails WHERE state = 'sent' AND ended_at < ?",
                arguments: [moment.milliseconds]
            )
            try database.execute(sql: "DELETE FROM alert_mails WHERE created_at < ?", arguments: [forgotten])
        }
    }

    private static let mailColumns = """
        id, message_id, COALESCE(remaining, recipients), subject, content, created_at, state, attempts, next_attempt_at, last_error
        """
}

extension StoredMail {
    fileprivate init(row: Row) {
        self.init(
            id: row[0],
            messageID: row[1],
            recipients: RecipientKey.recipients(of: row[2]),
            subject: row[3],
            content: [UInt8](row[4] as Data),
            createdAt: Timestamp(milliseconds: row[5]),
            state: State(rawValue: row[6]) ?? .waiting,
            attempts: row[7],
            nextAttemptAt: Timestamp(milliseconds: row[8]),
            lastError: row[9]
        )
    }
}
