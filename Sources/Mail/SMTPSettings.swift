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
            guard !url.contains("@") else {
                throw SMTPServerError(nil, "user and password have their own attributes and do not belong into it")
            }
            let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let encryption = Encryption(rawValue: parts[0].lowercased()) else {
                throw SMTPServerError(url, "it begins with smtp:// or smtps://")
            }
            var rest = parts[1]
            if rest.hasSuffix("/") { rest.removeLast() }
            let (host, port) = try Server.split(rest, url: url)
            self.init(encryption: encryption, host: String(host), port: port)
        }

        private static func split(_ text: Substring, url: String) throws(SMTPServerError) -> (Substring, Int?) {
            let host: Substring
            var behind: Substring
            if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
                host = text[text.index(after: text.startIndex)..<end]
                behind = text[text.index(after: end)...]
                guard host.utf8.allSatisfy({ "0123456789abcdefABCDEF:.".utf8.contains($0) }), host.contains(":") else {
                    throw SMTPServerError(url, "an IPv6 address is expected in the brackets")
                }
            } else {
                let colon = text.firstIndex(of: ":") ?? text.endIndex
                host = text[..<colon]
                behind = text[colon...]
                guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else {
                    throw SMTPServerError(url, "a host name or an IP address is expected behind ://")
                }
            }
            guard !behind.isEmpty else { return (host, nil) }
            guard behind.removeFirst() == ":", let port = UInt16(behind), port > 0 else {
                throw SMTPServerError(url, "a port from 1 to 65535 is expected behind the host")
            }
            return (host, Int(port))
        }

        private static func isHostByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }

        /// Whether it is this machine, by its name or address.
        var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

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

    /// - Parameter url: nil where it may hold a password.
    init(_ url: String?, _ reason: String) {
        let shown = url.map { "\"\(PrintableText.line($0, limit: 80))\"" } ?? "the value"
        description = "\(shown) is not an SMTP server: \(reason); example: smtps://smtp.example.org:465"
    }
}
