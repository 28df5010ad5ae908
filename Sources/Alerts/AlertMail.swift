/// What a mail about alerts says; `Mail` makes a message of it.
package struct AlertMail: Equatable, Sendable {
    package var kind: AlertNotification.Kind
    package var alertIDs: [String]
    package var subject: String
    /// Lines end in `\n`.
    package var body: String
    /// Without angle brackets: `alert-0123456789abcdef.raised@example.org`.
    package var messageID: String
    package var inReplyTo: String?
    package var references: [String]

    static let referencesLimit = 50

    /// The mails for one set of recipients: one per kind of notification, all alerts of a kind in one mail.
    ///
    /// A mail refers to at most `referencesLimit` others, however many alerts it tells of.
    ///
    /// Composing the same notifications again gives the same mails with the same Message-IDs.
    /// - Parameters:
    ///   - domain: right side of the Message-IDs, the sender's domain.
    ///   - raisedMessageIDs: by alert id, the Message-ID of the mail that raised it, for threading. An alert that is
    ///     missing is taken to have been raised in a mail of its own.
    package static func compose(
        _ notifications: [AlertNotification],
        domain: String,
        raisedMessageIDs: [String: String] = [:]
    ) -> [AlertMail] {
        var threads = raisedMessageIDs
        return AlertNotification.Kind.allCases.compactMap { kind in
            let group = notifications.filter { $0.kind == kind }
            guard let first = group.first else { return nil }
            var hosts: [String] = []
            for notification in group where !hosts.contains(notification.alert.host) {
                hosts.append(notification.alert.host)
            }
            let messageID = identifier(first, domain: domain)
            var references: [String] = []
            var known: Set<String> = []
            for notification in group {
                let id = notification.alert.id
                if kind == .raised {
                    threads[id] = messageID
                } else if kind != .noticed {
                    let thread = threads[id] ?? identifier(of: id, "raised", domain: domain)
                    if known.insert(thread).inserted { references.append(thread) }
                }
            }
            return AlertMail(
                kind: kind,
                alertIDs: group.map(\.alert.id),
                subject: group.count == 1 ? subject(first) : subject(kind, count: group.count, hosts: hosts),
                body: body(group, hosts: hosts),
                messageID: messageID,
                inReplyTo: references.first,
                references: trimmed(references)
            )
        }
    }

    /// Some servers refuse a mail whose header is long. The first is what a reader threads by, and the newest are what a
    /// reader is most likely to have still; those between are left out, as RFC 5537, 3.4.4 does it.
    private static func trimmed(_ references: [String]) -> [String] {
        guard references.count > referencesLimit else { return references }
        return [references[0]] + references.suffix(referencesLimit - 1)
    }

    /// The same for the same step of the same alert: a mail that is sent twice can be recognised.
    private static func identifier(_ notification: AlertNotification, domain: String) -> String {
        let alert = notification.alert
        let step = notification.kind == .reminded ? "reminded-\(alert.remindersSent)" : notification.kind.rawValue
        return identifier(of: alert.id, step, domain: domain)
    }

    private static func identifier(of alertID: String, _ step: String, domain: String) -> String {
        "\(alertID).\(step)@\(domain)"
    }
}
