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

    /// The mails for one set of recipients: one per kind of notification, all alerts of a kind in one mail.
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
    ) -> [AlertMail] { [] }
}
