import Alerts
import Configuration
import Foundation
import Journal
import TestServers
import Testing
import Wire

@testable import Monitor

/// Another machine answers under a host's address.
@Suite(.serialized)
struct MachineChangeTests {
    private static let attributes = "interval=\"1s\" metrics=\"uptime_seconds\" mail=\"ops@example.org\""
    private static let host = "<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>"

    @Test func nothingOfAnotherMachineIsRecordedAndTheRightOneGoesOn() throws {
        let (machines, smtp) = (try Machines(), try SMTPServer())
        try machines.put(Machines.a)
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <alert type="unreachable" for="1s"/>
              <command name="which" run="cat /etc/machine-id" interval="1s"/>
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning"/>
            </host>
            """,
            attributes: Self.attributes,
            services: "<smtp server=\"smtp://127.0.0.1:\(smtp.port)\" from=\"metricsd@example.org\"/>",
            sshd: machines.options()
        )
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        log.append(5)
        try fleet.start(retry: .brisk)
        try fleet.rows("SELECT COALESCE(SUM(hits), 0) FROM traffic") { $0 == ["5"] }
        try fleet.rows("SELECT COUNT(*) FROM command_outputs") { $0 != ["0"] }

        try machines.put(Machines.b)
        fleet.disconnect()
        try fleet.waitUntilRefused("web-1")
        log.append(7)
        let refusedAt = Timestamp.now
        // It is tried again and again.
        try fleet.wait("further tries") { fleet.log.lines(with: " debug web-1: another machine answers").count >= 3 }
        let last = try fleet.rows("SELECT state, last_error FROM hosts") { $0.first?.hasPrefix("refused") == true }[0]
        for words in [Machines.a, Machines.b, "127.0.0.1", "`metricsd host accept web-1`"] {
            #expect(last.contains(words), "\(words) in \(last)")
        }
        #expect(try fleet.rows("SELECT machine_id FROM hosts") == [Machines.a])
        #expect(
            try fleet.rows(
                "SELECT COUNT(*) FROM samples WHERE collected_at > FROM_UNIXTIME(\(refusedAt.milliseconds) / 1000)"
            ) == ["0"]
        )
        #expect(try fleet.rows("SELECT SUM(hits) FROM traffic") == ["5"])
        #expect(try fleet.rows("SELECT COUNT(*) FROM command_outputs WHERE output LIKE '%bbbb%'") == ["0"])
        let told = fleet.warnings(of: "web-1").filter { $0.contains("another machine") && !$0.contains("alert=") }
        #expect(told.count == 1)

        try machines.put(Machines.a)
        try fleet.waitUntilUp("web-1")
        try fleet.rows("SELECT SUM(hits) FROM traffic") { $0 == ["12"] }
        let mails = try smtp.received(atLeast: 2).map(\.message)
        #expect(
            mails.map(\.subject).filter { $0.contains("machine_changed") }.count == 2 && mails.count == 2,
            "\(mails.map(\.subject))"
        )
        #expect(
            mails[0].subject == "[metricsd] ALERT web-1 machine_changed: another machine answers at 127.0.0.1"
        )
        #expect(mails[0].body.contains(Machines.a) && mails[0].body.contains(Machines.b))
        #expect(mails[1]["In-Reply-To"] == mails[0]["Message-ID"])
        #expect(
            try fleet.rows("SELECT type, severity, resolved_at IS NULL FROM alerts") == ["machine_changed\tcritical\t0"]
        )
    }

    @Test func anAcceptedMachineIsTriedWithinSeconds() throws {
        let machines = try Machines()
        try machines.put(Machines.a)
        let fleet = try Fleet(Self.host, attributes: Self.attributes, sshd: machines.options())
        try fleet.start()
        try fleet.rows("SELECT COUNT(*) FROM metric_values") { $0 != ["0"] }
        fleet.stop()
        // It was exchanged while metricsd was down, and no other try is near.
        try machines.put(Machines.b)
        let hours = Backoff(first: .seconds(7_200), limit: .seconds(7_200))
        try fleet.start(retry: RetryPolicy(failure: hours, refusal: hours))
        try fleet.waitUntilRefused("web-1")
        try fleet.rows("SELECT type FROM open_alerts") { $0 == ["machine_changed"] }
        let acceptance = try fleet.accept("web-1")
        #expect(acceptance.succeeded)
        for words in [Machines.a, Machines.b, "within some seconds"] { #expect(acceptance.text.contains(words)) }
        let begin = ContinuousClock.now
        try fleet.waitUntilUp("web-1")
        #expect(begin.duration(to: .now) < .seconds(10))
        try fleet.rows("SELECT resolved_at IS NULL FROM alerts") { $0 == ["0"] }
        try fleet.rows("SELECT machine_id FROM hosts") { $0 == [Machines.b] }

        let again = try fleet.accept("web-1")
        #expect(
            !again.succeeded && again.text.hasPrefix("nothing to accept: web-1 is bound to the machine \(Machines.b)")
        )
    }

    @Test func whatIsAcceptedWhileMetricsdIsDownHoldsAtTheNextStart() throws {
        let machines = try Machines()
        try machines.put(Machines.a)
        let fleet = try Fleet(Self.host, attributes: Self.attributes, sshd: machines.options())
        try fleet.start()
        try fleet.waitUntilUp("web-1")
        fleet.stop()
        try machines.put(Machines.b)
        try fleet.start()
        try fleet.waitUntilRefused("web-1")
        fleet.stop()
        // Who only looks is told, too.
        let configuration = try ServerConfiguration.load("\(fleet.folder.path)/server_config.xml")
        var climbs: [String] = []
        #expect(try !ConnectionCheck(configuration).run { climbs.append($0.text) })
        #expect(climbs[0].contains("FAIL  web-1: another machine answers at 127.0.0.1."), "\(climbs[0])")
        #expect(climbs.dropFirst().allSatisfy { !$0.contains("FAIL") })
        let poll = try HostPoll(configuration.hosts[0], in: configuration)
        #expect(poll.warning?.contains("`metricsd host accept web-1`") == true && !poll.readings.isEmpty)
        let acceptance = try fleet.accept("web-1")
        #expect(acceptance.succeeded && acceptance.text.contains("at the next start"))
        try fleet.start()
        try fleet.waitUntilUp("web-1")
        try fleet.rows("SELECT COUNT(*), SUM(resolved_at IS NULL) FROM alerts") { $0 == ["1\t0"] }
        fleet.stop()

        // A host that was taken out of the configuration begins anew.
        let renamed = ["web-1": "web-9"]
        try fleet.start(replacing: renamed)
        try fleet.waitUntilUp("web-9")
        fleet.stop()
        try machines.put(Machines.a)
        try fleet.start()
        try fleet.waitUntilUp("web-1")
        try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["0"] }
    }

    @Test func machinesThatWereExchangedNameEachOther() throws {
        let machines = try Machines()
        let (first, second) = ("127.0.0.1", "127.0.0.2")
        try machines.put(Machines.a, at: first)
        try machines.put(Machines.b, at: second)
        let fleet = try Fleet(
            """
            <host name="web-1" address="\(first)" port="$PORT"/>
            <host name="db-1" address="\(second)" port="$PORT"/>
            <host name="alias" address="\(first)" port="$PORT"/>
            """,
            attributes: Self.attributes,
            sshd: machines.options(addresses: [first, second])
        )
        try fleet.start(retry: .brisk)
        for host in ["web-1", "db-1", "alias"] { try fleet.waitUntilUp(host) }
        // Two names of one machine are fine, and said once.
        #expect(fleet.log.lines(with: "the machine that is configured as").count == 1)
        fleet.stop()
        try machines.put(Machines.b, at: first)
        try machines.put(Machines.a, at: second)
        try fleet.start(retry: .brisk)
        try fleet.waitUntilRefused("web-1")
        try fleet.waitUntilRefused("db-1")
        #expect(fleet.status(of: "web-1")?.lastError?.contains("the machine that is configured as db-1") == true)
        #expect(fleet.status(of: "db-1")?.lastError?.contains("the machine that is configured as alias, web-1") == true)
        #expect(try fleet.accept("db-1").succeeded)
        try fleet.waitUntilUp("db-1")
        #expect(fleet.status(of: "web-1")?.state == .refused)
    }

    @Test func aHostWithoutAMachineIDIsNotBoundUntilItHasOne() throws {
        let machines = try Machines()
        try machines.put("uninitialized")
        let fleet = try Fleet(Self.host, attributes: Self.attributes, sshd: machines.options())
        try fleet.start(retry: .brisk)
        try fleet.waitUntilUp("web-1")
        let journal = try Journal(readingAt: "\(fleet.folder.path)/state/\(Journal.fileName)")
        #expect(try journal.machines() == [:])
        #expect(try !fleet.accept("web-1").succeeded)
        try machines.put(Machines.a)
        fleet.disconnect()
        try fleet.wait("binding") { try journal.machines()["web-1"]?.machineID == Machines.a }
        // One that has lost it is another one, for all that can be told.
        try machines.put("uninitialized")
        fleet.disconnect()
        try fleet.waitUntilRefused("web-1")
        #expect(fleet.status(of: "web-1")?.lastError?.contains("It has no machine-id") == true)
    }
}

extension Fleet {
    func accept(_ host: String) throws -> HostAcceptance {
        let configuration = try ServerConfiguration.load("\(folder.path)/server_config.xml")
        return try HostAcceptance(configuration.host(named: host), in: configuration)
    }
}
