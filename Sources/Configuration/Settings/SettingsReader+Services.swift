import Database
import Mail
import Secrets

/// `<database>` and `<smtp>`.
extension SettingsReader {
    /// Nil where nothing of a server is named: the rows go to the private one.
    func database(_ element: Element) -> DatabaseSettings? {
        if element.attributes.allSatisfy({ Self.retentionNames.contains($0.name) }) { return nil }
        let scope = Scope(elements: [element])
        let authority = element.attribute("ca").map(path)
        warnUnlessReadable(element.attribute("ca"), "certificates")
        return DatabaseSettings(
            host: scope.text("host").map(AddressText.unbracketed) ?? "localhost",
            port: UInt16(clamping: scope.integer("port") ?? 3306),
            socket: element.attribute("socket").map(path),
            name: scope.text("name") ?? "metricsd",
            user: scope.text("user") ?? "metricsd",
            password: secret("password", in: scope),
            tls: scope.text("tls").flatMap(TransportSecurity.init) ?? (authority == nil ? nil : .verified),
            certificateAuthority: authority
        )
    }

    /// Nil where what it needs is missing or wrong.
    func smtp(_ element: Element) -> SMTPSettings? {
        let scope = Scope(elements: [element])
        let password = secret("password", in: scope)
        warnUnlessReadable(element.attribute("ca"), "certificates")
        if password == nil, let user = element.attribute("user") {
            findings.error(
                at: user.location,
                "'user' needs a password",
                allowed: "add password-file, password-env or password"
            )
        }
        if password != nil, element.attribute("user") == nil {
            findings.error(
                at: scope.attribute(ofAny: secretNames("password"))?.location,
                "a password needs its 'user'",
                allowed: "add user=\"…\""
            )
        }
        guard let server = scope.text("server").flatMap({ try? SMTPSettings.Server(parsing: $0) }),
            let from = scope.text("from").flatMap({ try? MailAddress(parsing: $0) })
        else { return nil }
        return SMTPSettings(
            server: server,
            from: from,
            user: scope.text("user"),
            password: password,
            certificateAuthorityFile: element.attribute("ca").map(path)
        )
    }
}
