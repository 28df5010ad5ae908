import Foundation
import Mail
import TestServers
import Testing

/// What a server refuses, when, and what follows from it.
@Suite struct SMTPFailureTests {
    private func failure(_ settings: SMTPSettings, to recipients: [String] = ["ops@example.org"]) throws -> MailError {
        try #require(throws: MailError.self) { try SMTPClient(settings).send(.example(to: recipients)) }
    }

    @Test(
        "A refusal names its step and the server's words; 5xx is final, 4xx is not",
        arguments: [
            ("MAIL", "550 5.7.1 not this sender", MailError.Step.sender, false),
            ("MAIL", "451 4.3.0 try later", .sender, true),
            ("RCPT", "550 5.1.1 no such user", .recipients, false),
            ("RCPT", "450 4.2.1 greylisted", .recipients, true),
            ("DATA", "554 5.7.1 looks like spam", .message, false),
            ("DATA", "452 4.3.1 disk full", .message, true),
        ] as [(String, String, MailError.Step, Bool)]
    )
    func refusals(_ command: String, _ reply: String, _ step: MailError.Step, _ isTransient: Bool) throws {
        let server = try SMTPServer(.with { $0.refuse = [command: reply] })
        let error = try failure(server.settings())
        #expect(error.step == step)
        #expect(error.replyCode == Int(reply.prefix(3)))
        #expect(error.text == String(reply.dropFirst(4)))
        #expect(error.isTransient == isTransient)
        #expect("\(error)".contains(reply))
        #expect("\(error)".hasPrefix("smtp://127.0.0.1:\(server.port): "))
        #expect(try server.received().isEmpty)
    }

    @Test("One refused recipient does not keep the others from their mail")
    func partial() throws {
        let server = try SMTPServer(
            .with {
                $0.refuse = [
                    "RCPT gone@example.org": "550 5.1.1 no such user", "RCPT full@example.org": "452 4.2.2 full",
                ]
            }
        )
        let recipients = ["gone@example.org", "ops@example.org", "full@example.org"]
        let receipt = try SMTPClient(server.settings()).send(.example(to: recipients))
        #expect(try server.received().map(\.envelope.to) == [["ops@example.org"]])
        #expect(receipt.refused.map(\.recipient) == ["gone@example.org", "full@example.org"])
        #expect(receipt.refused.map(\.replyCode) == [550, 452])
        #expect(receipt.refused.map(\.isTransient) == [false, true])
        #expect(receipt.refused.map(\.text) == ["5.1.1 no such user", "4.2.2 full"])
        #expect(receipt.reply.hasPrefix("250 "))
    }

    @Test("When all are refused it is transient as long as one may be taken later")
    func allRefused() throws {
        let server = try SMTPServer(
            .with {
                $0.refuse = [
                    "RCPT gone@example.org": "550 5.1.1 no such user", "RCPT full@example.org": "452 4.2.2 full",
                ]
            }
        )
        let both = try failure(server.settings(), to: ["full@example.org", "gone@example.org"])
        #expect(both.isTransient)
        #expect(both.refused.count == 2)
        #expect(!both.concernsServer)
        let gone = try failure(server.settings(), to: ["gone@example.org"])
        #expect(!gone.isTransient)
    }

    @Test("A resend goes to the named recipients only")
    func resend() throws {
        let server = try SMTPServer()
        let message = try MailMessage.example(to: ["a@example.org", "b@example.org"])
        _ = try SMTPClient(server.settings()).send(message, to: [MailAddress(parsing: "b@example.org")])
        let received = try #require(try server.received().first)
        #expect(received.envelope.to == ["b@example.org"])
        #expect(received.message["To"] == "a@example.org, b@example.org")
    }

    @Test("Nobody listens: no connection, transient, with the port in the mend")
    func closedPort() throws {
        var settings = try SMTPServer.unusedSettings()
        settings.server = .init(encryption: .startTLS, host: "127.0.0.1", port: try LoopbackPort.free())
        let error = try failure(settings)
        #expect(error.step == .connect)
        #expect(error.isTransient)
        #expect(error.replyCode == nil)
        #expect(error.mend.contains("port \(settings.server.port)"))
    }

    @Test("A name that does not exist is not found")
    func unknownName() throws {
        var settings = try SMTPServer.unusedSettings()
        settings.server = .init(encryption: .startTLS, host: "no-such-host.invalid")
        let error = try failure(settings)
        #expect(error.step == .resolve)
        #expect(error.isTransient)
    }

    @Test(
        "A server that says nothing any more costs the timeout, not more",
        arguments: [("EHLO", MailError.Step.greeting), ("MAIL", .sender), ("DATA", .message)]
    )
    func hanging(_ command: String, _ step: MailError.Step) throws {
        let server = try SMTPServer(.with { $0.hang = command })
        var settings = try server.settings()
        settings.timeout = .seconds(1)
        let clock = ContinuousClock()
        let start = clock.now
        let error = try failure(settings)
        #expect(clock.now - start < .seconds(5))
        #expect(error.step == step)
        #expect(error.isTransient)
        #expect(error.replyCode == nil)
    }

    @Test("A server that never answers QUIT has the mail all the same")
    func hangingFarewell() throws {
        let server = try SMTPServer(.with { $0.hang = "QUIT" })
        let clock = ContinuousClock()
        let start = clock.now
        let receipt = try SMTPClient(server.settings()).send(.example())
        #expect(receipt.reply.hasPrefix("250"))
        #expect(clock.now - start < .seconds(6))
    }

    @Test("A shutdown ends a transfer within a second or so")
    func cancelled() throws {
        let server = try SMTPServer(.with { $0.hang = "DATA" })
        var settings = try server.settings()
        settings.timeout = .seconds(60)
        let clock = ContinuousClock()
        let start = clock.now
        let error = try #require(throws: MailError.self) {
            try SMTPClient(settings).send(.example()) { clock.now - start > .milliseconds(300) }
        }
        #expect(error.step == .interrupted)
        #expect(error.isTransient)
        #expect(clock.now - start < .seconds(4))
    }

    @Test("smtps:// to a server without TLS, and smtp:// to one with, fail at once with the mend")
    func wrongScheme() throws {
        let plain = try SMTPServer()
        let first = try failure(plain.settings(.implicitTLS))
        #expect(first.step == .encrypt)
        #expect(first.mend.contains("wants smtp://"))

        let tls = try SMTPServer(.with { $0.mode = .implicitTLS })
        var settings = try tls.settings(.startTLS)
        settings.timeout = .seconds(2)
        let second = try failure(settings)
        #expect(second.isTransient)
        #expect(second.mend.contains("smtp:// is usually port 25 or 587"))
    }
}
