import Foundation
import Mail
import TestServers
import Testing

/// A message in plain text and HTML, through a real server and read back by Python's email package.
@Suite struct AlternativesTests {
    private func message(body: String = "12 files\n", html: String) throws -> MailMessage {
        var message = try MailMessage.example(subject: "[metricsd] Summary 10:15–11:15 UTC", body: body)
        message.html = html
        return message
    }

    private func parsed(_ message: MailMessage) throws -> ParsedMail {
        let folder = try TestFolder("alternatives")
        let path = try folder.file("message.eml")
        try Data(message.encoded()).write(to: URL(fileURLWithPath: path))
        return try ParsedMail(file: path)
    }

    @Test("Plain text comes first, HTML last, each with its encoding")
    func bytes() throws {
        let text = String(decoding: try message(html: "<p>12 files</p>\n").encoded(), as: UTF8.self)
        let expected = """
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary="=_metricsd"

            --=_metricsd
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            12 files

            --=_metricsd
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: 7bit

            <p>12 files</p>

            --=_metricsd--

            """
        #expect(text.hasSuffix(expected.replacing("\n", with: "\r\n")))
    }

    @Test(
        "Both parts arrive through a real server as they were",
        arguments: [
            ("plain\n", "<p>plain</p>\n"),
            ("größer 🔥\n", "<p style=\"color:#123\">größer 🔥</p>\n"),
            // What would end a part, or begin one.
            ("--=_metricsd\n--=_metricsd--\n", "<p>\n--=_metricsd--\n--=_metricsd\nContent-Type: text/plain\n\n</p>\n"),
            ("a =_metricsd b\n", "=_\n"),
            (".\n..\n.\n", ".\n<p>\n.\n"),
            ("", "\n"),
            (
                String(repeating: "x", count: 3_000) + "\n",
                "<p>" + String(repeating: "<b>ü</b>", count: 2_000) + "</p>\n"
            ),
            ("trailing blank \n\n\n", "<pre>  \n\t\n</pre>\n\n\n"),
        ]
    )
    func throughServer(body: String, html: String) throws {
        let server = try SMTPServer()
        _ = try SMTPClient(server.settings()).send(message(body: body, html: html))
        let received = try #require(try server.received().first?.message)
        #expect(received.types == ["multipart/alternative", "text/plain", "text/html"])
        #expect(received.body == (body.isEmpty ? "" : body))
        #expect(received.html == html)
        #expect(received.defects == [])
        #expect(received.longestLine <= 78)
        #expect(received.isASCII)
        #expect(!received.hasBareLineEnd)
    }

    @Test("The same message is the same bytes, so that one sent twice can be recognised")
    func repeated() throws {
        let one = try message(body: "--=_metricsd\n", html: "<p>ü</p>\n")
        #expect(one.encoded() == one.encoded())
    }

    @Test("Whatever stands in the parts, there are two of them", arguments: 0..<20)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "--=_metricsd", "=_metricsd", "--", "=_", "=", "\n", "\r\n", "--=_metricsd--\n", "ü", " ", "From ", ".",
        ]
        func text() -> String {
            (0..<40).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined() + "\n"
        }
        let (body, html) = (text(), text())
        let mail = try parsed(message(body: body, html: html))
        #expect(mail.types == ["multipart/alternative", "text/plain", "text/html"])
        #expect(mail.body == body.replacing("\r\n", with: "\n"))
        #expect(mail.html == html.replacing("\r\n", with: "\n"))
        #expect(mail.defects == [])
    }
}
