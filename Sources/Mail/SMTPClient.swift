import CCurl
import Secrets

/// Sends mails through libcurl, one connection for each (https://curl.se/libcurl/c/CURLOPT_MAIL_RCPT.html).
///
/// TLS: `smtps://` from the first byte. `smtp://` with a password requires STARTTLS; without one it uses STARTTLS when
/// offered, except to this machine itself without a `certificateAuthorityFile`, whose certificate is seldom one that
/// can be checked. Certificates and names are always checked.
package struct SMTPClient: Sendable {
    package let settings: SMTPSettings

    package init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    /// Hands a mail to the server. Blocks up to the settings' timeout (and a second for the farewell).
    ///
    /// A recipient whom the server refuses does not keep the others from their mail: it is named in the receipt. When
    /// it refuses all of them, that is an error.
    /// - Parameters:
    ///   - recipients: who gets it; nil for everyone whom the message names.
    ///   - isCancelled: asked at least once a second; true ends the transfer with a transient error.
    @available(*, noasync)
    package func send(
        _ message: MailMessage,
        to recipients: [MailAddress]? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws(MailError) -> MailReceipt {
        let recipients = recipients ?? message.to
        let bytes = message.encoded()
        let conversation = SMTPConversation(message: bytes, isCancelled: isCancelled)
        try transfer(conversation) { handle in
            handle.set(CURLOPT_MAIL_FROM, "<\(message.from.address)>")
            handle.set(CURLOPT_MAIL_RCPT, recipients.map { "<\($0.address)>" })
            handle.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1)
            handle.set(CURLOPT_UPLOAD, 1)
            handle.setUploadSize(bytes.count)
        }
        let reply = conversation.acceptance
        return MailReceipt(
            reply: reply.map { "\($0.code) \($0.text)" } ?? "",
            refused: MailReceipt.refusals(in: conversation)
        )
    }

    /// Connects, encrypts and logs in without sending anything, for `check --connect`. Blocks like `send`.
    /// - Returns: whether the connection was encrypted.
    @available(*, noasync)
    @discardableResult
    package func verify(isCancelled: @escaping () -> Bool = { false }) throws(MailError) -> Bool {
        let conversation = SMTPConversation(message: [], isCancelled: isCancelled)
        try transfer(conversation) { handle in
            handle.set(CURLOPT_NOBODY, 1)
            handle.set(CURLOPT_CUSTOMREQUEST, "NOOP")
        }
        return conversation.isEncrypted
    }

    private func transfer(_ conversation: SMTPConversation, _ prepare: (CurlHandle) -> Void) throws(MailError) {
        var password: String?
        if settings.user != nil, let secret = settings.password {
            do {
                password = try secret.reveal()
            } catch {
                throw MailError(settings.server, unreadablePassword: error.description)
            }
        }
        guard let handle = CurlHandle(conversation) else {
            throw MailError(settings.server, step: .connect, text: "libcurl could not be initialised")
        }
        configure(handle, password: password)
        prepare(handle)
        let (code, text) = handle.perform()
        guard code != CURLE_OK else { return }
        throw MailError(settings, code: code, libraryText: text, conversation, password: password)
    }

    private func configure(_ handle: CurlHandle, password: String?) {
        let server = settings.server
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // The path of an SMTP URL is the name that EHLO gives.
        let name = settings.heloName.map {
            "/" + $0.filter { $0.isASCII && ($0.isLetter || $0.isNumber || ".-".contains($0)) }
        }
        handle.set(CURLOPT_URL, server.description + (name ?? ""))
        // Proxies named in the environment are meant for the web.
        handle.set(CURLOPT_PROXY, "")
        let isTrustedWay = server.isLoopback && password == nil && settings.certificateAuthorityFile == nil
        let encryption = password != nil ? CURLUSESSL_ALL : isTrustedWay ? CURLUSESSL_NONE : CURLUSESSL_TRY
        if server.encryption == .startTLS { handle.set(CURLOPT_USE_SSL, Int(encryption.rawValue)) }
        handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = settings.certificateAuthorityFile {
            handle.set(CURLOPT_CAINFO, file)
            // Else the system's authorities would be believed beside it.
            handle.clear(CURLOPT_CAPATH)
        }
        if let user = settings.user, let password {
            handle.set(CURLOPT_USERNAME, user)
            handle.set(CURLOPT_PASSWORD, password)
            if let options = settings.loginOptions { handle.set(CURLOPT_LOGIN_OPTIONS, options) }
        }
        let timeout = max(1, settings.timeout.milliseconds)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, min(timeout, max(1, settings.connectTimeout.milliseconds)))
        handle.set(CURLOPT_TIMEOUT_MS, timeout)
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(seconds, 1_000_000)) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
