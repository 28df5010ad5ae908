/// A mail in plain text, and the same in HTML where it has one.
package struct MailMessage: Equatable, Sendable {
    package var from: MailAddress
    package var to: [MailAddress]
    package var subject: String
    package var body: String
    /// A whole document that says what `body` says, for readers that show HTML.
    package var html: String?
    /// Without angle brackets.
    package var messageID: String
    package var inReplyTo: String?
    package var references: [String]
    /// For the Date header: seconds since 1970-01-01T00:00:00Z.
    package var dateSeconds: Int64

    package init(
        from: MailAddress,
        to: [MailAddress],
        subject: String,
        body: String,
        html: String? = nil,
        messageID: String,
        inReplyTo: String? = nil,
        references: [String] = [],
        dateSeconds: Int64
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.body = body
        self.html = html
        self.messageID = messageID
        self.inReplyTo = inReplyTo
        self.references = references
        self.dateSeconds = dateSeconds
    }
}
