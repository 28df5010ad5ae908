import Alerts
import Configuration
import Foundation
import Journal
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

/// What is left to be mailed when `<smtp>` is taken out of the configuration.
struct LeftMailsTests {
    @Test func withoutSMTPNotificationsAreDiscardedAndMailsAreShown() throws {
        let folder = try TestFolder("left-mails")
        try leave(
            alertsOf: ["web-1", "web-2"],
            mail: "[metricsd] ALERT web-0 unreachable",
            in: "\(folder.path)/state"
        )
        let configuration = try ServerConfiguration.load(
            try folder.file(
                "server_config.xml",
                """
                <metricsd user="nobody" password="x" metrics="uptime_seconds">
                  <state directory="state"/>
                  <database host="127.0.0.1" port="\(try LoopbackPort.free())" user="root" name="metricsd"/>
                  <host name="gone" address="127.0.0.1" port="\(try LoopbackPort.free())"/>
                </metricsd>
                """
            )
        )
        let log = LogSink()
        let logger = Logger(label: "test") { _ in LogfmtHandler(write: log.write) }
        for start in 1...2 {
            let monitoring = try Monitoring(configuration, logger: logger)
            try monitoring.start()
            monitoring.stop()
            #expect(log.lines(with: "there is no <smtp>").count == start)
        }
        let lines = log.lines(with: "there is no <smtp>")
        #expect(lines.first?.contains("2 notifications of alerts are discarded; 1 mails stay in the outbox") == true)
        #expect(lines.last?.contains("0 notifications of alerts are discarded; 1 mails stay") == true)
        let status = try StatusReport(configuration).text()
        #expect(
            status.contains("\nmail: 1 waiting until there is an <smtp> again, 0 refused for good\n"),
            "\(status)"
        )
    }

    /// What a metricsd with an `<smtp>` leaves behind: raised alerts that no mail was made of yet, and a mail.
    private func leave(alertsOf hosts: [String], mail subject: String, in directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let journal = try Journal(at: "\(directory)/\(Journal.fileName)")
        for host in hosts {
            let rule = AlertRule(.unreachable, recipients: ["ops@example.org"])
            var alerts = HostAlerts(host: host, rules: [rule], metrics: [], interval: .seconds(10))
            let changes = alerts.start(at: .now) + alerts.reachability(false, reason: "no route", at: .now)
            try journal.commit(JournalGroup(createdAt: .now, alertChanges: changes))
        }
        let mail = OutboxMail(
            messageID: "1@example.org",
            recipients: ["ops@example.org"],
            subject: subject,
            content: [],
            createdAt: .now
        )
        try journal.enqueueMails([mail], consuming: [])
    }
}
