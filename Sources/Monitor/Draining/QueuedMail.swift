import Alerts

/// What the outbox keeps of a mail beside its subject.
struct QueuedMail: Codable {
    /// For the To header: all of them, also when only some are still to be served.
    var recipients: [String]
    var body: String
    /// Not in mails that an earlier version has queued, and not in those of alerts.
    var html: String?
    var inReplyTo: String?
    var references: [String]

    init(recipients: [String], body: String, html: String) {
        self.recipients = recipients
        self.body = body
        self.html = html
        references = []
    }

    init(_ mail: AlertMail, to recipients: [String]) {
        self.recipients = recipients
        body = mail.body
        inReplyTo = mail.inReplyTo
        references = mail.references
    }
}
