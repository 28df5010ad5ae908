import Foundation
import TestServers
import Testing
import Wire

@testable import Configuration

/// When `<maintenance>` is: once, by the day, by the week, and when the clocks change.
struct MaintenanceTests {
    private func window(
        _ from: String,
        _ to: String,
        every: MaintenanceWindow.Recurrence? = nil,
        zone: String = "UTC"
    ) throws -> MaintenanceWindow {
        MaintenanceWindow(
            from: try #require(WallTime(from)),
            to: try #require(WallTime(to)),
            every: every,
            timeZone: try #require(TimeZone(identifier: zone))
        )
    }

    /// `2026-12-01T22:00:00Z`
    private func moment(_ text: String) throws -> Timestamp {
        let date = try Date(text, strategy: .iso8601)
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1_000))
    }

    private func occurrence(of window: MaintenanceWindow, at now: String) throws -> [String] {
        guard let found = window.occurrence(at: try moment(now)) else { return [] }
        return [found.from, found.until].map {
            Date(timeIntervalSince1970: Double($0.milliseconds) / 1_000).formatted(.iso8601)
        }
    }

    @Test func onceIsBeforeDuringAndNeverAfter() throws {
        let window = try window("2026-12-01 22:00", "2026-12-02 02:00")
        let only = ["2026-12-01T22:00:00Z", "2026-12-02T02:00:00Z"]
        #expect(try occurrence(of: window, at: "2026-11-01T00:00:00Z") == only)
        #expect(try occurrence(of: window, at: "2026-12-02T01:59:59Z") == only)
        #expect(try occurrence(of: window, at: "2026-12-02T02:00:00Z") == [])
    }

    @Test func byTheDayAlsoOverMidnight() throws {
        let night = try window("23:30", "00:30", every: .daily)
        #expect(
            try occurrence(of: night, at: "2026-03-01T00:10:00Z") == ["2026-02-28T23:30:00Z", "2026-03-01T00:30:00Z"]
        )
        #expect(
            try occurrence(of: night, at: "2026-03-01T00:30:00Z") == ["2026-03-01T23:30:00Z", "2026-03-02T00:30:00Z"]
        )
        let day = try window("00:00", "24:00", every: .daily)
        #expect(
            try occurrence(of: day, at: "2026-03-01T23:59:59Z") == ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]
        )
    }

    @Test func byTheWeekAlsoOverItsEnd() throws {
        // 2026-11-22 is a Sunday.
        let sunday = try window("Sun 02:00", "Sun 04:00", every: .weekly)
        #expect(
            try occurrence(of: sunday, at: "2026-11-21T12:00:00Z") == ["2026-11-22T02:00:00Z", "2026-11-22T04:00:00Z"]
        )
        #expect(
            try occurrence(of: sunday, at: "2026-11-22T04:00:00Z") == ["2026-11-29T02:00:00Z", "2026-11-29T04:00:00Z"]
        )
        let weekend = try window("friday 20:00", "monday 06:00", every: .weekly)
        #expect(
            try occurrence(of: weekend, at: "2026-11-22T12:00:00Z") == ["2026-11-20T20:00:00Z", "2026-11-23T06:00:00Z"]
        )
        #expect(
            try occurrence(of: weekend, at: "2026-11-23T05:00:00Z") == ["2026-11-20T20:00:00Z", "2026-11-23T06:00:00Z"]
        )
    }

    @Test func beforeTheEpochNothingBreaks() throws {
        let daily = try window("02:00", "03:00", every: .daily)
        #expect(
            try occurrence(of: daily, at: "1969-12-31T12:00:00Z") == ["1970-01-01T02:00:00Z", "1970-01-01T03:00:00Z"]
        )
    }

    @Test func atNightStaysAtNightOverTheYear() throws {
        let night = try window("01:00", "05:00", every: .daily, zone: "Europe/Berlin")
        #expect(
            try occurrence(of: night, at: "2026-01-10T12:00:00Z") == ["2026-01-11T00:00:00Z", "2026-01-11T04:00:00Z"]
        )
        #expect(
            try occurrence(of: night, at: "2026-07-10T12:00:00Z") == ["2026-07-10T23:00:00Z", "2026-07-11T03:00:00Z"]
        )
    }

    /// Europe/Berlin goes from 02:00 to 03:00 on 2026-03-29 at 01:00 UTC.
    @Test func anHourThatIsLeftOutComesLater() throws {
        let whole = try window("02:00", "03:00", every: .daily, zone: "Europe/Berlin")
        #expect(
            try occurrence(of: whole, at: "2026-03-28T12:00:00Z") == ["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]
        )
        let part = try window("01:30", "02:30", every: .daily, zone: "Europe/Berlin")
        #expect(
            try occurrence(of: part, at: "2026-03-28T12:00:00Z") == ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]
        )
        let around = try window("01:00", "04:00", every: .daily, zone: "Europe/Berlin")
        #expect(
            try occurrence(of: around, at: "2026-03-28T12:00:00Z") == ["2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"]
        )
        #expect(
            try occurrence(of: around, at: "2026-03-29T02:00:00Z") == ["2026-03-29T23:00:00Z", "2026-03-30T02:00:00Z"]
        )
    }

    /// Europe/Berlin has 02:00 to 03:00 twice on 2026-10-25, the first from 00:00 UTC on.
    @Test func anHourThatComesTwiceIsCoveredTwice() throws {
        let window = try window("02:00", "03:00", every: .daily, zone: "Europe/Berlin")
        #expect(
            try occurrence(of: window, at: "2026-10-24T12:00:00Z") == ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"]
        )
        let within = try self.window("2026-10-25 02:10", "2026-10-25 02:20", zone: "Europe/Berlin")
        #expect(
            try occurrence(of: within, at: "2026-10-24T12:00:00Z") == ["2026-10-25T00:10:00Z", "2026-10-25T01:20:00Z"]
        )
    }

    @Test(arguments: [
        "", "2", "2:00", "24:01", "25:00", "12:60", "02:00:00", "2026-02-29 10:00", "2026-13-01 10:00",
        "26-01-01 10:00",
        "2026-01-01", "Su 10:00", "Sun", "Sun 2026-01-01 10:00", "Sun Mon 10:00", "+1:00", "-1:00", "1２:00",
    ])
    func noTimesAreNotRead(text: String) {
        #expect(WallTime(text) == nil)
    }

    @Test(arguments: [
        ("2026-12-01 22:00", 1_796_162_400), ("2024-02-29 00:00", 1_709_164_800), ("1970-01-01 00:00", 0),
        ("2000-03-01  00:00", 951_868_800), ("mon 00:00", 0), ("SUNDAY 24:00", 7 * 86_400), ("22:05", 79_500),
    ])
    func timesAreRead(text: String, seconds: Int) {
        #expect(WallTime(text)?.seconds == Int64(seconds))
    }

    @Test func hostsHaveTheMaintenanceOfAllTheyStandIn() throws {
        let folder = try TestFolder("maintenance")
        let path = try folder.file(
            "server_config.xml",
            """
            <metricsd user="monitor" password="x" mail="ops@example.org">
              <maintenance from="02:00" to="03:00" every="day" timezone="UTC" reason="backup"/>
              <alert type="unreachable"/>
              <group parent="gw-1">
                <maintenance from="Sun 02:00" to="Sun 04:00" every="week" type="cpu_percent"/>
                <host name="gw-1"/>
                <host name="web-1"/>
                <host name="web-2" parent="web-1"/>
              </group>
              <host name="db-1"/>
            </metricsd>
            """
        )
        let configuration = try ServerConfiguration.load(path, account: FixtureTests.account)
        #expect(configuration.maintenance.map(\.reason) == ["backup"])
        #expect(configuration.hosts.map(\.maintenance.count) == [2, 2, 2, 1])
        #expect(configuration.hosts[1].maintenance.map(\.type) == [nil, "cpu_percent"])
        #expect(configuration.hosts.map(\.parent) == [nil, "gw-1", "web-1", nil])
    }
}
