import Foundation
import GRDB
package import Wire

/// Something that somebody has to be told, before it is grouped into a mail.
package struct PendingNotification: Equatable, Sendable {
    package var recipients: [String]
    /// The notification as JSON that only its writer reads.
    package var json: [UInt8]

    package init(recipients: [String], json: [UInt8]) {
        self.recipients = recipients
        self.json = json
    }

    package init(recipients: [String], _ notification: some Encodable) throws {
        self.init(recipients: recipients, json: [UInt8](try JSONEncoder().encode(notification)))
    }
}

/// The notifications that belong in one mail, oldest first.
package struct NotificationGroup: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package var id: Int64
        package var createdAt: Timestamp
        package var json: [UInt8]

        package func decoded<Notification: Decodable>(as type: Notification.Type) throws -> Notification {
            try JSONDecoder().decode(type, from: Data(json))
        }
    }

    package var recipients: [String]
    package var members: [Member]
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
        _ notification: PendingNotification,
        createdAt: Timestamp,
        into database: GRDB.Database
    ) throws {
        try database.cachedStatement(
            sql: "INSERT INTO notifications (recipients, created_at, content) VALUES (?, ?, ?)"
        ).execute(arguments: [
            RecipientKey.key(of: notification.recipients), createdAt.milliseconds, Data(notification.json),
        ])
    }

    /// Everything waiting for those recipients whose oldest notification is at least `groupingWindow` old.
    ///
    /// They stay until `enqueueMail` consumes them.
    package func dueNotifications(
        now: Timestamp,
        groupingWindow: Duration = .seconds(10)
    ) throws(JournalError) -> [NotificationGroup] {
        let due = now.milliseconds - groupingWindow.milliseconds
        return try read("read") { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT recipients, id, created_at, content FROM notifications
                        WHERE recipients IN (SELECT recipients FROM notifications WHERE created_at <= ?)
                        ORDER BY recipients, id
                        """
                ),
                arguments: [due]
            )
            var groups: [NotificationGroup] = []
            while let row = try rows.next() {
                let recipients = RecipientKey.recipients(of: row[0])
                let member = NotificationGroup.Member(
                    id: row[1],
                    createdAt: Timestamp(milliseconds: row[2]),
                    json: [UInt8](row[3] as Data)
                )
                if groups.last?.recipients == recipients {
                    groups[groups.count - 1].members.append(member)
                } else {
                    groups.append(NotificationGroup(recipients: recipients, members: [member]))
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

    /// Forgets notifications that no mail shall be made of, e.g. when there is no `<smtp>`.
    package func discardNotifications(_ ids: [Int64]) throws(JournalError) {
        try write("remove notifications from") { database in
            try Journal.deleteNotifications(ids, from: database)
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
