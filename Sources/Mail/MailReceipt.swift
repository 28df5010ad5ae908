/// What the server said to a mail that it took.
package struct MailReceipt: Equatable, Sendable {
    /// A recipient for whom the server did not take the mail.
    package struct Refusal: Equatable, Sendable {
        package let recipient: String
        package let replyCode: Int
        package let text: String
        /// Whether it may be taken later (4xx): send again to this recipient only.
        package var isTransient: Bool { replyCode < 500 }
    }

    /// The reply that took the mail, e.g. `250 2.0.0 OK queued as 4Zx`.
    package let reply: String
    /// Recipients who did not get it.
    package let refused: [Refusal]

    static func refusals(in conversation: SMTPConversation) -> [Refusal] {
        conversation.refusals.map {
            Refusal(recipient: $0.recipient, replyCode: $0.reply.code, text: $0.reply.text)
        }
    }
}
