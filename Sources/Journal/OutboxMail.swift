package import Wire

/// A mail to be put into the outbox.
package struct OutboxMail: Equatable, Sendable {
    /// Derived from the alert, so that the same mail made twice is one mail. Unique in the outbox.
    package var messageID: String
    package var recipients: [String]
    package var subject: String
    /// The whole message as it goes to the server (RFC 5322).
    package var content: [UInt8]
    package var createdAt: Timestamp
    /// The alerts that this mail raises: later mails about them refer to it.
    package var raisedAlerts: [String]
    /// The alerts that this mail ends: once it is sent, nothing refers to their first mail any more.
    package var resolvedAlerts: [String]

    package init(
        messageID: String,
        recipients: [String],
        subject: String,
        content: [UInt8],
        createdAt: Timestamp,
        raisedAlerts: [String] = [],
        resolvedAlerts: [String] = []
    ) {
        self.messageID = messageID
        self.recipients = recipients
        self.subject = subject
        self.content = content
        self.createdAt = createdAt
        self.raisedAlerts = raisedAlerts
        self.resolvedAlerts = resolvedAlerts
    }
}

/// A mail in the outbox, with what became of it so far.
package struct StoredMail: Equatable, Sendable {
    package enum State: String, Sendable {
        case waiting
        case sent
        /// The server will never take it; kept to be shown.
        case refused
    }

    package var id: Int64
    package var messageID: String
    /// Those who have not got it yet.
    package var recipients: [String]
    package var subject: String
    package var content: [UInt8]
    package var createdAt: Timestamp
    package var state: State
    /// How often it was tried.
    package var attempts: Int
    package var nextAttemptAt: Timestamp
    package var lastError: String?
}

/// How the outbox stands, for `status`.
package struct OutboxSummary: Equatable, Sendable {
    package var waiting: Int
    package var refused: Int
    /// Of the newest mail that failed or was refused.
    package var lastError: String?
}
