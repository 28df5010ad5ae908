import Foundation
import Journal
import TestServers
import Testing

@testable import Monitor

/// What a configuration that is read again changes, and what it leaves alone.
@Suite(.serialized)
struct ReloadTests {
    private static let second = "<host name=\"web-2\" address=\"127.0.0.1\" port=\"$PORT\"/>"

    private func connections(of host: String, _ fleet: Fleet) -> Int {
        fleet.log.lines(with: "\(host): connected to").count
    }

    private func rows(of host: String, _ fleet: Fleet) throws -> Int {
        let rows = try fleet.rows("SELECT COUNT(*) FROM metric_values WHERE host = '\(host)'") { !$0.isEmpty }
        return Int(rows[0]) ?? 0
    }

    @Test func hostsComeChangeAndGoWhileOthersKeepTheirSessions() throws {
        let fleet = try Fleet("<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>\n<!--more-->")
        try fleet.start()
        try fleet.wait("first answer") { fleet.status(of: "web-1")?.state == .up }

        let added = try #require(try fleet.reload(replacing: ["<!--more-->": Self.second]))
        #expect(added.problem == nil)
        #expect((added.added, added.changed, added.removed, added.restarted) == (["web-2"], [], [], []))
        #expect(added.sentence.hasSuffix("server_config.xml is in force: 1 host added (web-2)"))
        try fleet.wait("rows of both") { try rows(of: "web-1", fleet) > 0 && rows(of: "web-2", fleet) > 0 }

        let probed = Self.second.replacing("/>", with: " interval=\"2s\" metrics=\"uptime_seconds load1\"/>")
        let changed = try #require(try fleet.reload(replacing: ["<!--more-->": probed]))
        #expect((changed.added, changed.changed, changed.removed) == ([], ["web-2"], []))
        try fleet.rows("SELECT 1 FROM metric_values WHERE host = 'web-2' AND metric = 'load1' LIMIT 1") { $0 == ["1"] }
        #expect(connections(of: "web-2", fleet) == 2)

        let removed = try #require(try fleet.reload(replacing: ["<!--more-->": ""]))
        #expect((removed.added, removed.changed, removed.removed) == ([], [], ["web-2"]))
        #expect(fleet.monitoring?.board.current.map(\.state.host) == ["web-1"])
        let (gone, going) = (try rows(of: "web-2", fleet), try rows(of: "web-1", fleet))
        try fleet.wait("further rows") { try rows(of: "web-1", fleet) > going + 2 }
        #expect(try rows(of: "web-2", fleet) - gone <= 1)
        #expect(connections(of: "web-1", fleet) == 1)
        try expectFormer("web-2", fleet)
        let same = try #require(try fleet.reload(replacing: ["<!--more-->": ""]))
        #expect(same.sentence.hasSuffix("is in force: nothing of the hosts changed"))
    }

    /// What the table says of a host that was taken out, whatever port it has.
    private func expectFormer(_ host: String, _ fleet: Fleet) throws {
        let row = try fleet.rows("SELECT state, port, last_error FROM hosts WHERE name = '\(host)'") {
            $0.first?.hasPrefix("unknown") == true
        }
        #expect(
            row == ["unknown\t\(fleet.sshd.port)\tIt was taken out of the configuration and is not polled any more."]
        )
    }

    @Test func aHostThatIsTakenOutWhileMetricsdIsDownIsNotLeftUp() throws {
        let fleet = try Fleet("<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>\n<!--more-->")
        try fleet.start()
        _ = try fleet.reload(replacing: ["<!--more-->": Self.second])
        try fleet.rows("SELECT name FROM hosts WHERE state = 'up'") { $0.contains("web-2") }
        fleet.stop()
        // The file has it no longer.
        try fleet.start()
        try expectFormer("web-2", fleet)
        _ = try fleet.reload(replacing: ["<!--more-->": Self.second])
        try fleet.rows("SELECT name FROM hosts WHERE state = 'up' AND last_error IS NULL") { $0.contains("web-2") }
    }

    @Test func aBrokenFileChangesNothingAndTheNextOneIsTaken() throws {
        let fleet = try Fleet("<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>\n<!--more-->")
        try fleet.start()
        try fleet.wait("first answer") { fleet.status(of: "web-1")?.state == .up }
        let broken = try #require(
            try fleet.reload(replacing: ["<!--more-->": "<host name=\"web-2\" adress=\"127.0.0.1\"/><hots/>"])
        )
        #expect(broken.problem?.contains("errors, and nothing was changed") == true, "\(broken.sentence)")
        #expect(!fleet.log.lines(with: "adress", "did you mean").isEmpty)
        #expect(fleet.monitoring?.board.current.map(\.state.host) == ["web-1"])
        let moved = try #require(
            try fleet.reload(replacing: ["$FOLDER/state": "/elsewhere", "/state\"": "/state-2\""])
        )
        #expect(moved.problem?.contains("takes a restart; nothing was changed") == true, "\(moved.sentence)")
        let mended = try #require(try fleet.reload(replacing: ["<!--more-->": Self.second]))
        #expect(mended.added == ["web-2"])
        try fleet.wait("rows of the new one") { try rows(of: "web-2", fleet) > 0 }
        #expect(connections(of: "web-1", fleet) == 1)
    }

    @Test func aCommandThatIsAddedIsDescribedInTheDatabase() throws {
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT"><command name="one" run="echo 1" interval="1s"/>
            <!--more--></host>
            """
        )
        try fleet.start()
        let texts = "SELECT COUNT(DISTINCT description) FROM metrics WHERE name IN ('one', 'two') AND description <> ''"
        try fleet.rows(texts) { $0 == ["1"] }
        let command = "<command name=\"two\" run=\"echo 2\" interval=\"1s\"/>"
        let added = try #require(try fleet.reload(replacing: ["<!--more-->": command]))
        #expect(added.restarted == ["database"])
        try fleet.rows(texts) { $0 == ["2"] }
    }

    @Test func aThresholdIsJudgedAnewWithoutANewConnection() throws {
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT" metrics="uptime_seconds">
              <alert type="uptime_seconds" above="99999999999"/>
            </host>
            """
        )
        try fleet.start()
        try fleet.wait("first answer") { fleet.status(of: "web-1")?.state == .up }
        let lowered = try #require(try fleet.reload(replacing: ["99999999999": "1"]))
        #expect(lowered.changed == ["web-1"])
        try fleet.rows("SELECT type, threshold FROM open_alerts") { $0 == ["uptime_seconds\t1"] }
        #expect(fleet.status(of: "web-1")?.state == .up)
        try fleet.reload(replacing: ["<alert type=\"uptime_seconds\" above=\"99999999999\"/>": ""])
        try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["0"] }
        #expect(connections(of: "web-1", fleet) == 1)
    }

    @Test func anAlertGoesOnWhenItsHostIsChangedAndEndsWithIt() throws {
        let smtp = try SMTPServer()
        let host = """
            <host name="web-2" address="127.0.0.1" port="$PORT" mail="ops@example.org">
              <alert type="uptime_seconds" above="1"/>
            </host>
            """
        let fleet = try Fleet(
            "<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>\n<!--more-->",
            services: "<!--smtp-->"
        )
        // Without an <smtp> nobody is told.
        try fleet.start(replacing: ["<!--more-->": host])
        try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["1"] }
        let service = "<smtp server=\"smtp://127.0.0.1:\(smtp.port)\" from=\"metricsd@example.org\"/>"
        let mailed = try #require(try fleet.reload(replacing: ["<!--more-->": host, "<!--smtp-->": service]))
        #expect(mailed.restarted == ["mail"])
        #expect(mailed.changed == [])
        let other = host.replacing("uptime_seconds", with: "load1").replacing("above=\"1\"", with: "below=\"9999\"")
        try fleet.reload(replacing: ["<!--more-->": other, "<!--smtp-->": service])
        // The end of what nobody was told of, and what is new.
        let raised = try smtp.received(atLeast: 2)
        let alert = try #require(raised.map(\.message).first { $0.subject.hasPrefix("[metricsd] ALERT web-2 load1 ") })

        // Another interval: a new connection, and the same alert.
        let slower = other.replacing("mail=", with: "interval=\"2s\" mail=")
        try fleet.reload(replacing: ["<!--more-->": slower, "<!--smtp-->": service])
        try fleet.wait("second connection") { connections(of: "web-2", fleet) >= 3 }
        let before = try rows(of: "web-2", fleet)
        try fleet.wait("rows") { try rows(of: "web-2", fleet) > before + 1 }
        #expect(try smtp.received().count == 2)
        #expect(try fleet.rows("SELECT COUNT(*) FROM alerts WHERE type = 'load1'") == ["1"])

        try fleet.reload(replacing: ["<!--smtp-->": service])
        let recovery = try #require(try smtp.received(atLeast: 3).last?.message)
        #expect(recovery.subject.contains("RESOLVED web-2 load1"))
        #expect(recovery["In-Reply-To"] == alert["Message-ID"])
        #expect(try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["0"] } == ["0"])
    }

    @Test func linesAreCountedAndStoredOnceWhileTheirHostIsChanged() throws {
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning">
                <store window="24h"/>
              </log>
            </host>
            <!--more-->
            """
        )
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        log.append(1_000)
        try fleet.start()
        for turn in 1...5 {
            log.append(1_000)
            // In the middle of reading, of recording, or between.
            try fleet.wait("something read") {
                Int(try fleet.rows("SELECT COALESCE(SUM(hits), 0) FROM traffic") { !$0.isEmpty }[0]) ?? 0 >= turn
                    * 1_000
            }
            log.append(500)
            let changed = try #require(
                try fleet.reload(replacing: ["interval=\"1s\" start": "interval=\"\(1_000 + turn)ms\" start"])
            )
            #expect(changed.changed == ["web-1"])
            log.append(500)
        }
        try fleet.rows("SELECT SUM(hits) FROM traffic") { $0 == ["\(1_000 + 5 * 2_000)"] }
        // Without its <store> the open batch is closed, so that it could be delivered.
        try fleet.reload(replacing: ["<store window=\"24h\"/>": ""])
        let closed = "SELECT state, line_count, sha256 IS NOT NULL FROM log_batches"
        try fleet.rows(closed) { $0 == ["closed\t11000\t1"] }
        try fleet.reload(replacing: ["<host name=\"web-1\"": "<host name=\"web-2\""])
        try fleet.wait("removal") { fleet.status(of: "web-1") == nil }
        #expect(
            try fleet.rows("SELECT SUM(hits) FROM traffic JOIN hosts USING (host_id) WHERE name = 'web-1'") == ["11000"]
        )
    }
}
