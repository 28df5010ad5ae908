import Foundation
import Journal
import TestServers
import Testing

@testable import Monitor

/// From a threshold on a real host to a mail at a real SMTP server.
@Suite(.serialized)
struct MailsTests {
    private func fleet(_ smtp: SMTPServer) throws -> Fleet {
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT" mail="ops@example.org">
              <command name="queue_depth" run="cat $FOLDER/depth" interval="1s"/>
              <alert type="queue_depth" above="10" clear="5"/>
            </host>
            """,
            services: "<smtp server=\"smtp://127.0.0.1:\(smtp.port)\" from=\"metricsd@example.org\"/>"
        )
        try fleet.folder.file("depth", "1\n")
        return fleet
    }

    @Test func anAlertArrivesAndItsRecoveryThreadsUnderIt() throws {
        let smtp = try SMTPServer()
        let fleet = try fleet(smtp)
        try fleet.start()
        try fleet.wait("first values") { fleet.status(of: "web-1")?.state == .up }
        #expect(try smtp.received().isEmpty)

        try fleet.folder.file("depth", "42\n")
        let raised = try smtp.received(atLeast: 1)
        #expect(raised.map(\.message.subject) == ["[metricsd] ALERT web-1 queue_depth 42 (above 10)"])
        #expect(raised[0].envelope.to == ["ops@example.org"])
        #expect(
            try fleet.rows("SELECT host, type, value FROM open_alerts") { !$0.isEmpty } == ["web-1\tqueue_depth\t42"]
        )

        // Between the thresholds nothing happens; below the lower one it is over.
        try fleet.folder.file("depth", "7\n")
        try fleet.rows("SELECT value FROM latest_metric_values WHERE metric = 'queue_depth'") { $0 == ["7"] }
        #expect(try smtp.received().count == 1)
        try fleet.folder.file("depth", "2\n")
        let both = try smtp.received(atLeast: 2)
        let recovery = try #require(both.last?.message)
        #expect(recovery.subject.hasPrefix("[metricsd] RESOLVED web-1 queue_depth 2, after "))
        #expect(recovery["In-Reply-To"] == raised[0].message["Message-ID"])
        try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["0"] }
        #expect(try fleet.rows("SELECT peak, resolved_at > opened_at FROM alerts") == ["42\t1"])
    }

    @Test func aRestartSendsNothingTwiceAndLosesNoRecovery() throws {
        let smtp = try SMTPServer()
        let fleet = try fleet(smtp)
        try fleet.folder.file("depth", "42\n")
        try fleet.start()
        let raised = try smtp.received(atLeast: 1)
        fleet.stop()
        try fleet.start()
        try fleet.rows("SELECT COUNT(*) FROM metric_values WHERE metric = 'queue_depth'") { $0 != ["0"] && $0 != ["1"] }
        fleet.stop()
        #expect(try smtp.received().count == 1)

        // It recovers while metricsd is down.
        try fleet.folder.file("depth", "1\n")
        try fleet.start()
        let both = try smtp.received(atLeast: 2)
        #expect(both[1].message["In-Reply-To"] == raised[0].message["Message-ID"])
    }

    @Test func aMailServerThatIsAwayGetsTheMailLater() throws {
        let port = try LoopbackPort.free()
        var options = SMTPServer.Options()
        options.port = port
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT" mail="ops@example.org">
              <alert type="uptime_seconds" above="1"/>
            </host>
            """,
            services: "<smtp server=\"smtp://127.0.0.1:\(port)\" from=\"metricsd@example.org\"/>"
        )
        try fleet.start()
        try fleet.wait("a failed mail") { !fleet.log.lines(with: "kept and tried again").isEmpty }
        let smtp = try SMTPServer(options)
        let mails = try smtp.received(atLeast: 1)
        #expect(mails.count == 1)
        #expect(mails[0].message.subject.hasPrefix("[metricsd] ALERT web-1 uptime_seconds "))
    }
}
