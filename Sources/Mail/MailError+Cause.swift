import CCurl
import Foundation

extension MailError {
    /// Reads what went wrong from libcurl's code (https://curl.se/libcurl/c/libcurl-errors.html) and the dialogue.
    init(
        _ settings: SMTPSettings,
        code: CURLcode,
        libraryText: String,
        _ conversation: SMTPConversation,
        password: String?
    ) {
        let step = Step(code, conversation)
        let refused = MailReceipt.refusals(in: conversation)
        // A reply says why only where it is one of refusal; else the connection failed around it.
        let reply = conversation.lastReply.flatMap { $0.code >= 400 && step.hasReplies ? $0 : nil }
        server = settings.server.description
        self.step = step
        replyCode = reply?.code
        text = MailError.hiding(password, in: reply?.text ?? libraryText)
        self.refused = refused
        let isAboutLogin = reply.map { MailError.loginCodes.contains($0.code) } ?? false
        if step == .recipients, !refused.isEmpty {
            isTransient = refused.contains(where: \.isTransient)
        } else {
            isTransient = step.isBeforeMail || isAboutLogin || reply.map { $0.code < 500 } ?? true
        }
        concernsServer = step.isBeforeMail || isAboutLogin || reply == nil || step == .sender
        mend = MailError.mend(step, code: code, reply: reply, settings, isTransient: isTransient)
    }

    /// Before anything is sent.
    init(_ server: SMTPSettings.Server, step: Step, text: String) {
        self.server = server.description
        self.step = step
        self.text = text
        replyCode = nil
        refused = []
        isTransient = true
        concernsServer = true
        mend = "It will be tried again."
    }

    init(_ server: SMTPSettings.Server, unreadablePassword reason: String) {
        self.server = server.description
        step = .authenticate
        text = reason
        replyCode = nil
        refused = []
        isTransient = true
        concernsServer = true
        mend = "Make the SMTP password readable; it will be tried again."
    }

    /// Replies that ask for another login or for encryption rather than refuse the mail (RFC 4954, 6).
    private static let loginCodes: Set<Int> = [530, 534, 535, 538]

    private static func mend(
        _ step: Step,
        code: CURLcode,
        reply: SMTPConversation.Reply?,
        _ settings: SMTPSettings,
        isTransient: Bool
    ) -> String {
        let server = settings.server
        if let reply, loginCodes.contains(reply.code), step != .authenticate {
            return settings.password == nil
                ? "The server wants a login or encryption: give user and password of <smtp>, or use smtps://."
                : "Check the user and the password of <smtp>."
        }
        switch step {
        case .resolve: return "Check the host name in the server of <smtp> and this machine's resolver."
        case .connect, .greeting:
            return
                "Check that a mail server listens on \(server.host) port \(server.port) and that no firewall is between; "
                + (server.encryption == .implicitTLS
                    ? "smtps:// is usually port 465." : "smtp:// is usually port 25 or 587.")
        case .encrypt: return encryptionMend(code, settings)
        case .authenticate:
            return "Check the user and the password of <smtp>, and that the server allows a login with a password."
        case .sender: return "Check that the server lets this user send as \(settings.from.address) (from of <smtp>)."
        case .recipients: return "Check the mail addresses of the alerts."
        case .message:
            return isTransient
                ? "It will be tried again." : "The mail is kept; the server's words say why it refuses it."
        case .interrupted: return "It will be tried again at the next start."
        }
    }

    private static func encryptionMend(_ code: CURLcode, _ settings: SMTPSettings) -> String {
        let server = settings.server
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            return "The certificate of \(server.host) must be valid today, issued for that name, and signed by "
                + (settings.certificateAuthorityFile.map { "a certificate in \($0)." }
                    ?? "an authority that this machine trusts, or by one that <smtp ca=\"…\"> names.")
        case CURLE_SSL_CACERT_BADFILE:
            return "The file that <smtp ca=\"…\"> names must be a readable PEM file."
        case CURLE_USE_SSL_FAILED:
            return
                "The server offers no STARTTLS, and a password is not sent in the clear: use smtps://, or no password."
        default:
            return server.encryption == .implicitTLS
                ? "Check that port \(server.port) speaks TLS from the start; a server on port 25 or 587 wants smtp://."
                : "Check the TLS settings of the mail server."
        }
    }

    /// A server that repeats what it was sent must not bring the password into a log.
    private static func hiding(_ password: String?, in text: String) -> String {
        guard let password, !password.isEmpty else { return text }
        let encoded = Data(password.utf8).base64EncodedString()
        return text.replacing(password, with: "***").replacing(encoded, with: "***")
    }
}

extension MailError.Step {
    init(_ code: CURLcode, _ conversation: SMTPConversation) {
        switch code {
        case _ where conversation.wasCancelled: self = .interrupted
        case CURLE_COULDNT_RESOLVE_HOST: self = .resolve
        case CURLE_COULDNT_CONNECT: self = .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
            self = .encrypt
        case CURLE_LOGIN_DENIED: self = .authenticate
        default:
            switch conversation.lastCommand {
            case nil: self = conversation.lastReply == nil ? .connect : .greeting
            case "EHLO", "HELO", "NOOP": self = .greeting
            case "STARTTLS": self = .encrypt
            case "AUTH": self = .authenticate
            case "MAIL": self = .sender
            case "RCPT": self = .recipients
            default: self = .message
            }
        }
    }

    /// Whether nothing of the mail was told to the server yet.
    var isBeforeMail: Bool {
        switch self {
        case .resolve, .connect, .greeting, .encrypt, .authenticate, .interrupted: true
        case .sender, .recipients, .message: false
        }
    }

    /// Whether the server's last reply explains a failure at this step.
    var hasReplies: Bool {
        switch self {
        case .resolve, .connect, .interrupted: false
        case .greeting, .encrypt, .authenticate, .sender, .recipients, .message: true
        }
    }
}
