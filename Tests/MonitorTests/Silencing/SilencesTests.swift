import Configuration
import Foundation
import Journal
import Testing
import Wire

@testable import Monitor

/// `metricsd silence` and `<maintenance>`, as the recorder obeys them.
struct RecordedSilencesTests {
    private static let host = """
        <host name="web-1"><alert type="uptime_seconds" above="10"/></host>
        <host name="web-2"><alert type="uptime_seconds" above="10"/></host>
        """

    private func silence(_ fixture: RecorderFixture, _ host: String, for duration: String) throws {
        _ = try SilenceRequest(fixture.configuration).add(
            host: host,
            type: nil,
            end: .duration(duration),
            reason: "kernel update",
            author: "root",
            now: fixture.clock.now.wall
        )
    }

    @Test func nobodyIsToldUntilItEnds() throws {
        let fixture = try RecorderFixture(Self.host)
        try silence(fixture, "web-1", for: "2h")
        try fixture.start()
        fixture.answer("web-1", 42)
        fixture.answer("web-2", 42)
        try fixture.wait("alerts") { try fixture.firing().count == 2 }
        #expect(
            try fixture.firing() == [
                "web-1 uptime_seconds": "silenced by root until 2026-11-20 20:00 UTC: kernel update",
                "web-2 uptime_seconds": "told",
            ]
        )
        #expect(try fixture.notifications() == ["raised web-2 uptime_seconds"])
        #expect(!fixture.log.lines(with: "Nobody is told: silenced by root", "host=web-1").isEmpty)
        let summary = try HourlySummary(
            from: Timestamp(milliseconds: 0),
            to: Timestamp(milliseconds: .max),
            madeAt: fixture.clock.now.wall,
            journal: fixture.journal,
            deliveries: [],
            logs: [],
            disk: nil
        )
        #expect(
            summary.alerts.map { $0.headline.contains("Nobody is told: silenced by root until 2026-11-20 20:00 UTC") }
                .sorted {
                    $0 && !$1
                } == [true, false]
        )
        fixture.clock.pass(seconds: 7_201)
        try fixture.wait("mail at the end") { try fixture.notifications().count == 2 }
        #expect(try fixture.notifications().last == "raised web-1 uptime_seconds")
    }

    @Test func oneThatIsEndedEarlyAndOneThatBeginsWhileItRuns() throws {
        let fixture = try RecorderFixture(Self.host)
        try fixture.start()
        fixture.answer("web-1", 1)
        try fixture.wait("start") { try !fixture.journal.hostStates().isEmpty }
        try silence(fixture, "web-?", for: "1d")
        let request = SilenceRequest(fixture.configuration)
        #expect(try request.list(now: fixture.clock.now.wall).contains("kernel update (root)"))
        try fixture.wait("obedience") { !fixture.log.lines(with: "silence 1: nobody is told of any alert").isEmpty }
        fixture.answer("web-1", 42)
        try fixture.wait("alert") { try fixture.firing().count == 1 }
        #expect(try fixture.notifications() == [])
        #expect(try request.end(1, now: fixture.clock.now.wall).hasPrefix("silence 1 is over"))
        try fixture.wait("mail") { try fixture.notifications() == ["raised web-1 uptime_seconds"] }
        #expect(!fixture.log.lines(with: "silence 1 of web-? is over").isEmpty)
        #expect(throws: SilenceRequest.Refusal.self) { try request.end(1, now: fixture.clock.now.wall) }
    }

    @Test func aBastionIsSilencedByItsName() throws {
        let fixture = try RecorderFixture("<host name=\"web-1\" address=\"10.0.0.1\" jump=\"gate@192.0.2.1\"/>")
        for name in ["jump:gate@192.0.2.1:22", "jump:*"] { try silence(fixture, name, for: "1h") }
        #expect(try fixture.journal.activeSilences(at: fixture.clock.now.wall).count == 2)
    }

    @Test func oneThatEndsWhileMetricsdDoesNotRun() throws {
        let fixture = try RecorderFixture(Self.host)
        try silence(fixture, "*", for: "1h")
        try fixture.start()
        fixture.answer("web-1", 42)
        fixture.answer("web-2", 42)
        try fixture.wait("alerts") { try fixture.firing().count == 2 }
        fixture.stop()
        #expect(try fixture.notifications() == [])
        fixture.clock.pass(seconds: 7_200)
        try fixture.start()
        fixture.answer("web-1", 43)
        fixture.answer("web-2", 1)
        try fixture.wait("mail of what still fires") { try !fixture.notifications().isEmpty }
        #expect(try fixture.notifications() == ["raised web-1 uptime_seconds"])
        #expect(try fixture.firing() == ["web-1 uptime_seconds": "told"])
    }

    @Test(arguments: [10_800, -10_800] as [Int64])
    func aClockThatIsSetNeitherShortensNorProlongsIt(step: Int64) throws {
        let fixture = try RecorderFixture(Self.host)
        try silence(fixture, "web-1", for: "2h")
        try fixture.start()
        fixture.answer("web-1", 42)
        try fixture.wait("alert") { try fixture.firing().count == 1 }
        fixture.clock.set(forwardBy: step)
        try fixture.wait("step") {
            try fixture.journal.silence(1)?.until.milliseconds == 1_795_197_600_000 + (7_200 + step) * 1_000
        }
        fixture.clock.pass(seconds: 7_190)
        fixture.answer("web-1", 42)
        fixture.answer("web-2", 42)
        try fixture.wait("second alert") { try fixture.firing().count == 2 }
        #expect(try fixture.notifications() == ["raised web-2 uptime_seconds"])
        fixture.clock.pass(seconds: 11)
        try fixture.wait("mail at the end") { try fixture.notifications().count == 2 }
    }

    @Test func maintenanceByPlan() throws {
        // The clock begins on Friday 2026-11-20 at 18:00 UTC.
        let fixture = try RecorderFixture(
            """
            <maintenance from="18:30" to="19:00" every="day" timezone="UTC" reason="backup"/>
            \(Self.host)
            """
        )
        try fixture.start()
        fixture.answer("web-1", 42)
        try fixture.wait("mail before") { try fixture.notifications() == ["raised web-1 uptime_seconds"] }
        fixture.clock.pass(seconds: 1_800)
        try fixture.wait("beginning") {
            try fixture.firing() == ["web-1 uptime_seconds": "maintenance until 2026-11-20 19:00 UTC: backup"]
        }
        fixture.answer("web-2", 42)
        try fixture.wait("alert") { try fixture.firing().count == 2 }
        #expect(try fixture.notifications().count == 1)
        let table = try SilenceRequest(fixture.configuration).list(now: fixture.clock.now.wall)
        #expect(table.contains("all hosts"), "\(table)")
        #expect(table.contains("maintenance: backup"))
        fixture.clock.pass(seconds: 1_800)
        try fixture.wait("mail behind") { try fixture.notifications().last == "raised web-2 uptime_seconds" }
    }
}
