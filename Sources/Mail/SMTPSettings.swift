package import Secrets

/// Where mail goes out, and as whom.
package struct SMTPSettings: Equatable, Sendable {
    /// `smtp://host:25` or `smtps://host:465`.
    package struct Server: Hashable, Sendable, CustomStringConvertible {
        package enum Encryption: String, Sendable {
            /// `smtp://`: STARTTLS where the server offers it; required as soon as a password would be sent.
            case startTLS = "smtp"
            /// `smtps://`: TLS from the first byte.
            case implicitTLS = "smtps"
        }

        package let encryption: Encryption
        /// A name or an address; an IPv6 address without brackets.
        package let host: String
        package let port: Int

        package init(encryption: Encryption, host: String, port: Int? = nil) {
            self.encryption = encryption
            self.host = host
            self.port = port ?? (encryption == .implicitTLS ? 465 : 25)
        }

        /// Reads `smtp://host[:port]` or `smtps://host[:port]`; user and password do not belong into it.
        package init(parsing url: String) throws(SMTPServerError) {
            self.init(encryption: .startTLS, host: url)
        }

        package var description: String {
            "\(encryption.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    package var server: Server
    package var from: MailAddress
    package var user: String?
    package var password: Secret?
    /// A PEM file that replaces the system's certificate authorities.
    package var certificateAuthorityFile: String?
    /// The name in EHLO; nil for the host name.
    package var heloName: String?
    /// libcurl's login options, e.g. `AUTH=PLAIN`; nil lets it choose.
    package var loginOptions: String?
    package var connectTimeout: Duration
    /// For one mail, everything included.
    package var timeout: Duration

    package init(
        server: Server,
        from: MailAddress,
        user: String? = nil,
        password: Secret? = nil,
        certificateAuthorityFile: String? = nil,
        heloName: String? = nil,
        loginOptions: String? = nil,
        connectTimeout: Duration = .seconds(10),
        timeout: Duration = .seconds(60)
    ) {
        self.server = server
        self.from = from
        self.user = user
        self.password = password
        self.certificateAuthorityFile = certificateAuthorityFile
        self.heloName = heloName
        self.loginOptions = loginOptions
        self.connectTimeout = connectTimeout
        self.timeout = timeout
    }
}

/// Why a text is no SMTP server's URL, as a sentence with what is allowed.
package struct SMTPServerError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
