import Foundation
import Mail
import Secrets
import TestServers
import Testing

/// One transfer to a real server, with and without TLS and login.
@Suite struct SMTPTransferTests {
    @Test("A mail without login and TLS arrives with its envelope")
    func plain() throws {
        let server = try SMTPServer()
        let receipt = try SMTPClient(server.settings()).send(.example(to: ["a@example.org", "b@example.org"]))
        let received = try #require(try server.received().first)
        #expect(received.envelope.from == "metricsd@example.org")
        #expect(received.envelope.to == ["a@example.org", "b@example.org"])
        #expect(received.envelope.isEncrypted == false)
        #expect(received.message.subject == "[metricsd] ALERT web-1 cpu_percent 97.2 % (above 90)")
        #expect(received.message.defects == [])
        #expect(receipt.reply == "250 2.0.0 OK queued as 0001")
        #expect(receipt.refused == [])
    }

    @Test("STARTTLS is used where it is offered, also without a password")
    func opportunistic() throws {
        let server = try SMTPServer(.with { $0.mode = .startTLS })
        _ = try SMTPClient(server.settings(trusted: true)).send(.example())
        #expect(try server.received().map(\.envelope.isEncrypted) == [true])
    }

    @Test("A password goes through STARTTLS and TLS", arguments: [SMTPServer.Mode.startTLS, .implicitTLS])
    func login(_ mode: SMTPServer.Mode) throws {
        let server = try SMTPServer(
            .with {
                $0.mode = mode
                $0.user = "metricsd"
                $0.password = "pa ss:\"wörd\"@%"
            }
        )
        let settings = try server.settings(
            mode == .implicitTLS ? .implicitTLS : .startTLS,
            user: "metricsd",
            password: "pa ss:\"wörd\"@%",
            trusted: true
        )
        _ = try SMTPClient(settings).send(.example())
        #expect(try server.received().map(\.envelope.isEncrypted) == [true])
        #expect(try server.received().map(\.envelope.user) == ["metricsd"])
    }

    @Test("A server that only knows LOGIN, or only PLAIN, is logged in to", arguments: ["PLAIN", "LOGIN"])
    func mechanisms(_ excluded: String) throws {
        let server = try SMTPServer(
            .with {
                $0.mode = .implicitTLS
                $0.user = "u"
                $0.password = "p"
                $0.excludeMechanisms = [excluded]
            }
        )
        let settings = try server.settings(.implicitTLS, user: "u", password: "p", trusted: true)
        _ = try SMTPClient(settings).send(.example())
        #expect(try server.received().map(\.envelope.user) == ["u"])
    }

    @Test("A password is never sent in the clear")
    func noEncryption() throws {
        let server = try SMTPServer(
            .with {
                $0.user = "metricsd"
                $0.password = "secret"
            }
        )
        let settings = try server.settings(user: "metricsd", password: "secret")
        let error = try #require(throws: MailError.self) { try SMTPClient(settings).send(.example()) }
        #expect(error.step == .encrypt)
        #expect(error.isTransient)
        #expect(error.mend.hasPrefix("The server offers no STARTTLS, and a password is not sent in the clear"))
        #expect(try server.received().isEmpty)
    }

    @Test("A wrong password is a refused login and stays out of the text")
    func wrongPassword() throws {
        let server = try SMTPServer(
            .with {
                $0.mode = .implicitTLS
                $0.user = "metricsd"
                $0.password = "right"
            }
        )
        let settings = try server.settings(.implicitTLS, user: "metricsd", password: "wr0ng-one", trusted: true)
        let error = try #require(throws: MailError.self) { try SMTPClient(settings).send(.example()) }
        #expect(error.step == .authenticate)
        #expect(error.replyCode == 535)
        #expect(error.isTransient, "the mail is not at fault")
        #expect(error.concernsServer)
        #expect(!"\(error)".contains("wr0ng-one"))
        #expect("\(error)".contains("Check the user and the password of <smtp>"))
    }

    @Test("A server that wants a login says so")
    func loginRequired() throws {
        let server = try SMTPServer(
            .with {
                $0.user = "metricsd"
                $0.password = "right"
            }
        )
        let error = try #require(throws: MailError.self) { try SMTPClient(server.settings()).send(.example()) }
        #expect(error.replyCode == 530)
        #expect(error.isTransient)
        #expect(error.mend.contains("give user and password of <smtp>"))
    }

    @Test(
        "A certificate that is expired, for another name or of an unknown authority is refused",
        arguments: [SMTPServer.Certificate.expired, .otherName, .valid],
        [SMTPServer.Mode.startTLS, .implicitTLS]
    )
    func certificates(_ certificate: SMTPServer.Certificate, _ mode: SMTPServer.Mode) throws {
        let server = try SMTPServer(
            .with {
                $0.mode = mode
                $0.certificate = certificate
            }
        )
        // The valid one is of an authority that the system does not know.
        let isUnknown = certificate == .valid
        var settings = try server.settings(
            mode == .implicitTLS ? .implicitTLS : .startTLS,
            user: isUnknown ? "u" : nil,
            password: isUnknown ? "p" : nil,
            trusted: !isUnknown
        )
        settings.timeout = .seconds(5)
        let error = try #require(throws: MailError.self) { try SMTPClient(settings).send(.example()) }
        #expect(error.step == .encrypt)
        #expect(error.isTransient)
        #expect(error.mend.hasPrefix("The certificate of 127.0.0.1 must be valid today, issued for that name"))
        #expect(try server.received().isEmpty)
    }

    @Test("A certificate authority file that cannot be read is named")
    func missingAuthority() throws {
        let server = try SMTPServer(.with { $0.mode = .implicitTLS })
        var settings = try server.settings(.implicitTLS)
        settings.certificateAuthorityFile = "/nonexistent/authority.pem"
        let error = try #require(throws: MailError.self) { try SMTPClient(settings).send(.example()) }
        #expect(error.step == .encrypt)
        #expect("\(error)".contains("/nonexistent/authority.pem"))
    }

    @Test("The name in EHLO can be set")
    func helo() throws {
        let server = try SMTPServer()
        var settings = try server.settings()
        settings.heloName = "monitor.example.org"
        _ = try SMTPClient(settings).send(.example())
        #expect(try server.received().map(\.envelope.helo) == ["monitor.example.org"])
    }

    @Test("A check logs in and sends nothing")
    func verify() throws {
        let server = try SMTPServer(
            .with {
                $0.mode = .implicitTLS
                $0.user = "u"
                $0.password = "p"
            }
        )
        let client = SMTPClient(try server.settings(.implicitTLS, user: "u", password: "p", trusted: true))
        #expect(try client.verify())
        let wrong = SMTPClient(try server.settings(.implicitTLS, user: "u", password: "q", trusted: true))
        let error = try #require(throws: MailError.self) { try wrong.verify() }
        #expect(error.step == .authenticate)
        #expect(try server.received().isEmpty)
        let plain = try SMTPServer()
        #expect(try SMTPClient(plain.settings()).verify() == false)
    }
}
