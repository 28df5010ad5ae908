import Mail
import Secrets
import Testing

@Suite struct SMTPSettingsTests {
    @Test(
        "Servers are read from URLs",
        arguments: [
            ("smtp://mx.example.org", "smtp://mx.example.org:25"),
            ("smtps://mx.example.org", "smtps://mx.example.org:465"),
            ("smtp://mx.example.org:587/", "smtp://mx.example.org:587"),
            ("SMTPS://192.0.2.1:2465", "smtps://192.0.2.1:2465"),
            ("smtp://[2001:db8::1]:25", "smtp://[2001:db8::1]:25"), ("smtp://[::1]", "smtp://[::1]:25"),
        ]
    )
    func servers(_ url: String, _ expected: String) throws {
        #expect(try SMTPSettings.Server(parsing: url).description == expected)
    }

    @Test(
        "What is no server says what is expected",
        arguments: [
            ("mx.example.org", "it begins with smtp:// or smtps://"),
            ("http://mx.example.org", "it begins with smtp://"),
            ("smtp://", "a host name or an IP address is expected"), ("smtp://mx:0", "a port from 1 to 65535"),
            ("smtp://mx:65536", "a port from 1"), ("smtp://mx:", "a port from 1"), ("smtp://a b", "a host name"),
            ("smtp://mx/path", "a host name"), ("smtp://[zz]", "an IPv6 address"), ("smtp://mx\r\nX", "a host name"),
            ("smtp://user:hunter2@mx", "user and password have their own attributes"), ("", "it begins with"),
        ]
    )
    func badServers(_ url: String, _ reason: String) throws {
        let error = try #require(throws: SMTPServerError.self) { try SMTPSettings.Server(parsing: url) }
        #expect(error.description.contains(reason))
        #expect(!error.description.contains("hunter2"))
        #expect(error.description.hasSuffix("example: smtps://smtp.example.org:465"))
    }

    @Test(
        "Addresses are read with and without a name",
        arguments: [
            ("ops@example.org", "", "ops@example.org"), (" ops@example.org ", "", "ops@example.org"),
            ("Ops <ops@example.org>", "Ops", "ops@example.org"), ("<ops@localhost>", "", "ops@localhost"),
            ("\"A, B\" <a.b+c@x-y.example>", "A, B", "a.b+c@x-y.example"),
            ("o'brien@[192.0.2.1]", "", "o'brien@[192.0.2.1]"),
        ]
    )
    func addresses(_ text: String, _ name: String, _ address: String) throws {
        let parsed = try MailAddress(parsing: text)
        #expect(parsed.displayName == name)
        #expect(parsed.address == address)
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "ops", "@example.org", "ops@", "a@b@c", "ops@exa mple.org", "o ps@example.org", "ops@example..org",
            ".ops@example.org", "ops.@example.org", "ops@example.org\r\nBcc: x@y", "ö@example.org", "ops@exämple.org",
            "ops@example.org>", "Ops <ops@example.org", "a\u{0}b <ops@example.org>", "a\r\nb <ops@example.org>",
            String(repeating: "a", count: 65) + "@example.org", "ops@[x y]", "ops@example.org, other@example.org",
            "a>\r\nRCPT TO:<b@c",
        ]
    )
    func badAddresses(_ text: String) {
        #expect(throws: MailAddressError.self) { try MailAddress(parsing: text) }
    }

    @Test("A list is separated by commas, quoted ones apart, and names each once")
    func lists() throws {
        let list = try MailAddress.list(parsing: "a@example.org, \"B, C\" <b@example.org>,a@example.org")
        #expect(list.map(\.description) == ["a@example.org", "B, C <b@example.org>"])
        #expect(list[0].domain == "example.org")
        #expect(throws: MailAddressError.self) { try MailAddress.list(parsing: "a@example.org,") }
        #expect(throws: MailAddressError.self) { try MailAddress.list(parsing: "") }
    }

    @Test("Settings never show the password")
    func secret() throws {
        let settings = SMTPSettings(
            server: try .init(parsing: "smtps://mx.example.org"),
            from: try MailAddress(parsing: "a@b"),
            user: "u",
            password: Secret(.inline("hunter2"))
        )
        #expect(!"\(settings)".contains("hunter2"))
        #expect(!String(reflecting: settings).contains("hunter2"))
    }

    @Test("A password that cannot be read is said before anything is sent")
    func unreadable() throws {
        let settings = SMTPSettings(
            server: try .init(parsing: "smtps://127.0.0.1:1"),
            from: try MailAddress(parsing: "a@b"),
            user: "u",
            password: Secret(.file("/nonexistent/password"))
        )
        let error = try #require(throws: MailError.self) { try SMTPClient(settings).send(.example()) }
        #expect(error.step == .authenticate)
        #expect(error.isTransient)
        #expect(error.text.contains("/nonexistent/password"))
    }
}
