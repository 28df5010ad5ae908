/// A mail that did not go out, to none of its recipients.
package struct MailError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Step: String, Sendable {
        case resolve
        case connect
        case greeting
        case encrypt
        case authenticate
        case sender
        case recipients
        case message
        case interrupted
    }

    /// `smtps://smtp.example.org:465`
    package let server: String
    package let step: Step
    /// The server's reply code, e.g. 550; nil where it did not answer.
    package let replyCode: Int?
    /// The server's reply, else the library's text.
    package let text: String
    /// Recipients whom the server refused, each with its reply.
    package let refused: [MailReceipt.Refusal]
    /// Whether the same mail may go through later: no connection, a timeout, TLS, a login that is refused, replies 4xx.
    /// Other 5xx replies are final for this mail.
    package let isTransient: Bool
    /// Whether every other mail to this server would fail in the same way.
    package let concernsServer: Bool
    /// What to do about it, as a sentence.
    package let mend: String

    /// `smtp://mx.example.org:25: the sender was refused: 550 5.7.1 not allowed. …`
    package var description: String {
        let what =
            switch step {
            case .resolve: "the name was not found"
            case .connect: "no connection"
            case .greeting: "the greeting failed"
            case .encrypt: "no encryption"
            case .authenticate: "the login was refused"
            case .sender: "the sender was refused"
            case .recipients: "every recipient was refused"
            case .message: "the message was not taken"
            case .interrupted: "interrupted"
            }
        let code = replyCode.map { "\($0) " } ?? ""
        return "\(server): \(what): \(code)\(text). \(mend)"
    }
}
