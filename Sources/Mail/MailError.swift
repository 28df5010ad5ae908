/// A mail that did not go out, or not to all of its recipients.
package struct MailError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Step: String, Sendable {
        case resolve
        case connect
        case greeting
        case encrypt
        case authenticate
        case sender
        case recipients
        case data
        case interrupted
    }

    /// `smtps://smtp.example.org:465`
    package let server: String
    package let step: Step
    /// The server's reply code, e.g. 550; nil where it did not answer.
    package let replyCode: Int?
    /// The server's reply, else the library's text.
    package let text: String
    /// Whether the same mail may go through later: no connection, timeout, TLS, replies 4xx. 5xx replies are final.
    package let isTransient: Bool
    /// What to do about it, as a sentence.
    package let mend: String

    package var description: String { "\(server): \(step.rawValue): \(text). \(mend)" }
}
