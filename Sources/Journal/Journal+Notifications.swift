package import Alerts
import Foundation
import GRDB
package import Wire

/// The notifications that belong in one mail, oldest first.
package struct NotificationGroup: Equatable, Sendable {
    package var recipients: [String]
    /// What `enqueueMails` consumes. One more than `notifications` for each that this version cannot read.
    package var ids: [Int64]
    package var notifications: [AlertNotification]
}

/// A set of mail addresses as one value to group and look up by: order and repetition make no difference.
enum RecipientKey {
    /// No address that SMTP can carry holds a line feed.
    static func key(of recipients: [String]) -> String {
        Set(recipients).sorted().joined(separator: "\n")
    }

    static func recipients(of key: String) -> [String] {
        key.split(separator: "\n").map(String.init)
    }
}

extension Journal {
    static func insert(
        _ notification: AlertNotification,
        createdAt: Timestamp,
        into database: GRDB.Database
    ) throws {
        guard !notification.recipients.isEmpty else { return }
        try database.cachedStatement(
            sql: "INSERT INTO notifications (recipients, created_at, content) VALUES (?, ?, ?)"
        ).execute(arguments: [
            RecipientKey.key(of: notification.recipients), createdAt.milliseconds,
            try StoredJSON.encode(notification),
        ])
    }

    /// Everything waiting for those recipients whose oldest notification is at least `groupingWindow` old, or was made
    /// before the clock was set back.
    ///
    /// They stay until `enqueueMails` consumes them.
    package func dueNotifications(
        now: Timestamp,
        groupingWindow: Duration = .seconds(10)
    ) throws(JournalError) -> [NotificationGroup] {
        let due = now.milliseconds - groupingWindow.milliseconds
        return try read("read") { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT recipients, id, content FROM notifications
                        WHERE recipients IN
                            (SELECT recipients FROM notifications WHERE created_at <= ? OR created_at > ?)
                        ORDER BY recipients, id
                        """
                ),
                arguments: [due, now.milliseconds]
            )
            var groups: [NotificationGroup] = []
            while let row = try rows.next() {
                let recipients = RecipientKey.recipients(of: row[0])
                if groups.last?.recipients != recipients {
                    groups.append(NotificationGroup(recipients: recipients, ids: [], notifications: []))
                }
                groups[groups.count - 1].ids.append(row[1])
                if let notification = try? StoredJSON.decode(AlertNotification.self, from: row[2] as Data) {
                    groups[groups.count - 1].notifications.append(notification)
                }
            }
            return groups
        }
    }

    /// When the first group becomes due; nil when nothing waits. Lets the mail drain sleep until then.
    package func nextNotificationDue(groupingWindow: Duration = .seconds(10)) throws(JournalError) -> Timestamp? {
        try read("read") { database in
            try Int64.fetchOne(database.cachedStatement(sql: "SELECT MIN(created_at) FROM notifications"))
                .map { Timestamp(milliseconds: $0 + groupingWindow.milliseconds) }
        }
    }

    /// Forgets every notification that no mail was made of yet; mails stay in the outbox. Returns how many there were.
    package func discardNotifications() throws(JournalError) -> Int {
        try writeFromReserve("remove notifications from") { database in
            try database.execute(sql: "DELETE FROM notifications")
            return database.changesCount
        }
    }

    static func deleteNotifications(_ ids: [Int64], from database: GRDB.Database) throws {
        let delete = try database.cachedStatement(sql: "DELETE FROM notifications WHERE id = ?")
        for id in ids { try delete.execute(arguments: [id]) }
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
