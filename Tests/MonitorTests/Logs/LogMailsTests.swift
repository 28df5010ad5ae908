import Foundation
import TestServers
import Testing

@testable import Monitor

/// Alerts of logs, from lines on a real host to mails at a real SMTP server.
@Suite(.serialized)
struct LogMailsTests {
    private func fleet(_ smtp: SMTPServer, _ inner: String) throws -> Fleet {
        try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT" mail="ops@example.org">
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning">\(inner)</log>
            </host>
            """,
            services: "<smtp server=\"smtp://127.0.0.1:\(smtp.port)\" from=\"metricsd@example.org\"/>"
        )
    }

    @Test func highTrafficIsRaisedOnceAndClearedOnce() throws {
        let smtp = try SMTPServer()
        let fleet = try fleet(smtp, "<alert type=\"high_traffic\" above=\"5\" window=\"10s\"/>")
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        log.append(1)
        try fleet.start()
        try fleet.rows("SELECT SUM(hits) FROM traffic") { $0 == ["1"] }
        log.append(200)
        let raised = try smtp.received(atLeast: 1)
        #expect(raised[0].message.subject.hasPrefix("[metricsd] ALERT web-1 high_traffic access "))
        #expect(raised[0].message.body.contains("High traffic generated an alert - hits = 20"))
        #expect(try fleet.rows("SELECT type, instance FROM open_alerts") { !$0.isEmpty } == ["high_traffic\taccess"])
        let both = try smtp.received(atLeast: 2)
        #expect(both[1].message.subject.hasPrefix("[metricsd] RESOLVED web-1 high_traffic access "))
        #expect(both[1].message.body.contains("High traffic recovered - hits = "))
        #expect(both[1].message["In-Reply-To"] == both[0].message["Message-ID"])
        try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["0"] }
        #expect(try fleet.rows("SELECT COUNT(*) FROM alerts") == ["1"])
    }

    @Test func aSilentLogSaysWhyAndThatItIsBack() throws {
        let smtp = try SMTPServer()
        let fleet = try fleet(smtp, "<alert type=\"log_silent\" for=\"3s\"/><skip path=\"/health\"/>")
        try fleet.start()
        let first = try smtp.received(atLeast: 1)
        #expect(first[0].message.subject.hasPrefix("[metricsd] ALERT web-1 log_silent access"))
        #expect(first[0].message.body.contains("access.log"))
        #expect(first[0].message.body.contains("There is no file"))
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        log.append(1)
        let second = try smtp.received(atLeast: 2)
        #expect(second[1].message.subject.hasPrefix("[metricsd] RESOLVED web-1 log_silent access"))
        #expect(second[1].message["In-Reply-To"] == first[0].message["Message-ID"])

        let end = ContinuousClock.now + .seconds(30)
        while try smtp.received().count < 3, ContinuousClock.now < end {
            log.append(1, path: "/health")
            usleep(200_000)
        }
        let third = try smtp.received(atLeast: 3)
        #expect(third[2].message.body.contains("skip"), "\(third[2].message.body)")
    }

    @Test func whatCannotBeReadAnyMoreIsDeclared() throws {
        let smtp = try SMTPServer()
        let fleet = try fleet(smtp, "")
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        log.append(50)
        try fleet.start()
        try fleet.rows("SELECT SUM(hits) FROM traffic") { $0 == ["50"] }
        fleet.stop()
        // Written while nobody looked, and gone before somebody did.
        log.append(20)
        try FileManager.default.removeItem(atPath: log.path)
        let next = try NumberedLog(log.path)
        next.append(5)
        try fleet.start()
        try fleet.rows("SELECT SUM(hits) FROM traffic") { $0 == ["55"] }
        let mails = try smtp.received(atLeast: 1)
        #expect(mails[0].envelope.to == ["ops@example.org"])
        #expect(mails[0].message.subject.contains("web-1 log_loss access"))
        #expect(mails[0].message.body.contains("access.log"))
        #expect(!fleet.log.lines(with: "access.log", "warning").isEmpty, "\(fleet.log.text)")
        #expect(
            try fleet.rows("SELECT type, instance, opened_at = resolved_at FROM alerts") == ["log_loss\taccess\t1"]
        )
    }
}
