import Foundation
import Mail
import TestServers
import Testing

/// Messages as bytes, read back by Python's email package; the same through a real server at the end.
@Suite struct MailMessageTests {
    private func parsed(_ message: MailMessage) throws -> ParsedMail {
        let folder = try TestFolder("message")
        let path = try folder.file("message.eml")
        try Data(message.encoded()).write(to: URL(fileURLWithPath: path))
        let mail = try ParsedMail(file: path)
        #expect(mail.isASCII)
        #expect(!mail.hasBareLineEnd)
        #expect(mail.longestLine <= 78)
        #expect(mail.defects == [])
        return mail
    }

    @Test("A plain message has these headers and no others")
    func headers() throws {
        var message = try MailMessage.example()
        message.inReplyTo = "first@example.org"
        message.references = ["first@example.org", "second@example.org"]
        let text = String(decoding: message.encoded(), as: UTF8.self)
        let expected = """
            From: metricsd@example.org
            To: ops@example.org
            Subject: [metricsd] ALERT web-1 cpu_percent 97.2 % (above 90)
            Date: Fri, 20 Nov 2026 18:04:05 +0000
            Message-ID: <alert-0123456789abcdef.raised@example.org>
            In-Reply-To: <first@example.org>
            References: <first@example.org>
             <second@example.org>
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            web-1: cpu_percent is 97.2 %

            """
        #expect(text == expected.replacing("\n", with: "\r\n"))
        #expect(try parsed(message)["References"] == "<first@example.org> <second@example.org>")
    }

    @Test(
        "Subjects arrive as they were",
        arguments: [
            "short",
            "[metricsd] ALERT web-1 temperature_celsius 71.5 °C (above 70)",
            "Überlast 🔥 auf bücher-1 👩‍👩‍👧‍👦🇩🇪 – größer als 90 %",
            String(repeating: "🔥", count: 100),
            String(repeating: "👩‍👩‍👧‍👦", count: 30),
            String(repeating: "a", count: 300),
            (1...60).map { "word\($0)" }.joined(separator: " "),
            String(repeating: "é ", count: 150) + "end",
            "=?UTF-8?B?aW5qZWN0ZWQ=?= is not decoded",
            "a  b   c", "e\u{301} combining", "", "日本語のとても長い件名" + String(repeating: "日本語", count: 40),
            "z" + String(repeating: "\u{301}", count: 60),
        ]
    )
    func subjects(_ subject: String) throws {
        let mail = try parsed(.example(subject: subject))
        #expect(mail.subject.unicodeScalars.elementsEqual(subject.unicodeScalars))
    }

    @Test("Encoded words are at most 75 characters and each is whole UTF-8")
    func encodedWords() throws {
        let message = try MailMessage.example(subject: String(repeating: "a€🔥é", count: 60))
        let text = String(decoding: message.encoded(), as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("=?") }
        #expect(words.count > 10)
        for word in words {
            #expect(word.count <= 75)
            let data = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
            #expect(String(data: data, encoding: .utf8) != nil)
        }
    }

    @Test(
        "Bodies arrive as they were",
        arguments: [
            "plain\n", "", "no line end", "\n\nblank lines\n\n", "°C, ü, 日本, 🔥, 👩‍👩‍👧‍👦\n",
            ".\n..\n.hidden\n.\r\nstill here\n", String(repeating: "x", count: 2_000) + "\n",
            String(repeating: "ü", count: 2_000) + "\n", String(repeating: "🔥 ", count: 500) + "\n",
            "trailing blanks  \ntrailing tab\t\n", "a = b; =3D; 100 %\n", "From here on\nFrom there\n",
            String(repeating: "y", count: 78) + "\n" + String(repeating: "z", count: 79) + "\n",
            (70...80).map { String(repeating: "ü", count: $0 / 6) + String(repeating: ".", count: $0) }
                .joined(separator: "\n") + "\n",
            "\tindented\n  twice\n",
        ]
    )
    func bodies(_ body: String) throws {
        let mail = try parsed(.example(body: body))
        let lines = body.replacing("\r\n", with: "\n")
        #expect(mail.body == (lines.isEmpty || lines.hasSuffix("\n") ? lines : lines + "\n"))
    }

    @Test("No value can begin another header")
    func injection() throws {
        var message = try MailMessage.example(subject: "x\r\nBcc: x@y\nX-Evil: 1\0\u{2028}end")
        message.messageID = "id\r\nBcc: a@b>@example.org"
        message.inReplyTo = "x> <y\nBcc: c@d"
        message.references = ["a\r\n\r\nbody", "b"]
        let mail = try parsed(message)
        let names = mail.headers.map { $0[0] }
        #expect(
            names == [
                "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
                "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
            ]
        )
        #expect(mail.subject == "x  Bcc: x@y X-Evil: 1  end")
        #expect(mail.body == "web-1: cpu_percent is 97.2 %\n")
    }

    @Test("Control characters in the body are carried, not interpreted")
    func controlsInBody() throws {
        let mail = try parsed(.example(body: "bell \u{7} null \u{0} escape \u{1b}[2J\n"))
        #expect(mail.body == "bell \u{7} null \u{0} escape \u{1b}[2J\n")
    }

    @Test("Names before addresses are quoted or encoded")
    func displayNames() throws {
        var message = try MailMessage.example()
        message.from = try MailAddress(parsing: "metricsd, \"night\" <metricsd@example.org>")
        message.to = [
            try MailAddress(parsing: "Jörg Müller <joerg@example.org>"),
            try MailAddress(parsing: "\"Ops \\\"A\\\\B\\\", all\" <ops@example.org>"),
            try MailAddress(parsing: String(repeating: "long ", count: 40) + "<long@example.org>"),
        ]
        let mail = try parsed(message)
        #expect(mail["From"] == #""metricsd, \"night\"" <metricsd@example.org>"#)
        let to = try #require(mail["To"])
        #expect(to.hasPrefix(#"Jörg Müller <joerg@example.org>, "Ops \"A\\B\", all" <ops@example.org>, long long "#))
        #expect(to.hasSuffix("long <long@example.org>"))
    }

    @Test("Many recipients are folded")
    func manyRecipients() throws {
        let recipients = (1...50).map { "recipient-number-\($0)@department-\($0).example.org" }
        let mail = try parsed(.example(to: recipients))
        #expect(mail["To"]?.split(separator: ", ").count == 50)
    }

    @Test(
        "Dates are UTC without a locale",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (1_795_197_845, "Fri, 20 Nov 2026 18:04:05 +0000"),
        ] as [(Int64, String)]
    )
    func dates(_ seconds: Int64, _ expected: String) throws {
        var message = try MailMessage.example()
        message.dateSeconds = seconds
        #expect(String(decoding: message.encoded(), as: UTF8.self).contains("\r\nDate: \(expected)\r\n"))
    }

    @Test("All of that arrives through a real server unchanged, dots at line starts included")
    func throughServer() throws {
        let server = try SMTPServer()
        let client = SMTPClient(try server.settings())
        let bodies = [
            ".\n..\n.hidden\n.\nstill here\n",
            ".ü\n.\n" + String(repeating: ".", count: 2_000) + "\n" + String(repeating: "🔥", count: 2_000) + "\n.\n",
            "last line\n.",
            "",
        ]
        for body in bodies {
            var message = try MailMessage.example(
                to: ["a@example.org", "b@example.org"],
                subject: "🔥 " + String(repeating: "größer ", count: 45) + "\r\nBcc: x@y",
                body: body
            )
            message.inReplyTo = "first@example.org"
            message.references = ["first@example.org"]
            _ = try client.send(message)
        }
        let received = try server.received()
        #expect(received.count == bodies.count)
        for (one, body) in zip(received, bodies) {
            #expect(one.message.body == (body.isEmpty || body.hasSuffix("\n") ? body : body + "\n"))
            #expect(one.message.subject == "🔥 " + String(repeating: "größer ", count: 45) + "  Bcc: x@y")
            #expect(one.message["In-Reply-To"] == "<first@example.org>")
            #expect(one.message.values("Bcc") == [])
            #expect(one.message.defects == [])
            #expect(one.envelope.to == ["a@example.org", "b@example.org"])
        }
    }

    @Test("A message of a megabyte arrives whole")
    func large() throws {
        let server = try SMTPServer()
        let body = (1...20_000).map { ".line \($0) of a command that printed much ü" }.joined(separator: "\n") + "\n"
        _ = try SMTPClient(server.settings()).send(.example(body: body))
        #expect(try server.received().first?.message.body == body)
    }
}
