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
        let received = try #require(try server.received(atLeast: 1).first)
        #expect(received.envelope.from == "metricsd@example.org")
        #expect(received.envelope.to == ["a@example.org", "b@example.org"])
        #expect(received.envelope.isEncrypted == false)
        #expect(received.message.subject == "[metricsd] ALERT web-1 cpu_percent 97.2 % (above 90)")
        #expect(received.message.defects == [])
        #expect(receipt.reply == "250 2.0.0 OK queued as 0001")
        #expect(receipt.refused == [])
    }
}
