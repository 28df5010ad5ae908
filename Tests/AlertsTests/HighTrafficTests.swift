import Alerts
import Foundation
import Testing
import Wire

@Suite struct HighTrafficTests {
    @Test("Raised once when the average exceeds the threshold, recovered once when it falls back")
    func raisedAndRecovered() {
        var host = Dialogue(highTraffic(), logs: [Dialogue.access])
        #expect(host.traffic(1_200, at: 1...120) == [], "exactly 10 a second is not above 10")
        #expect(host.traffic(1_201, at: 121) == ["raised high_traffic access \(NumberText.exact(1_201.0 / 120))"])
        #expect(host.traffic(1_700, at: 122...400) == [])
        #expect(host.traffic(1_200, at: 401) == ["resolved high_traffic access 10"])
        #expect(host.traffic(900, at: 402...600) == [])
        #expect(host.storedStates == [])
        #expect(
            host.notifications.map(\.alert.reason) == [
                "High traffic generated an alert - hits = 1201 (10.01/s), triggered at 2026-11-20T18:02:01Z",
                "High traffic generated an alert - hits = 1201 (10.01/s), triggered at 2026-11-20T18:02:01Z\n"
                    + "High traffic recovered - hits = 1200 (10.0/s), recovered at 2026-11-20T18:06:41Z",
            ]
        )
        #expect(host.rows.values.first?.peak == 1_700.0 / 120)
        #expect(host.rows.values.first?.openedAt == Dialogue.moment(121))
        #expect(host.rows.values.first?.resolvedAt == Dialogue.moment(401))
    }

    @Test("With clear it stays open in between")
    func hysteresis() {
        var host = Dialogue(highTraffic(above: 10, clear: 5, window: 10), logs: [Dialogue.access])
        #expect(host.traffic(150, at: 1, window: 10) == ["raised high_traffic access 15"])
        #expect(host.traffic(60, at: 2...500, window: 10) == [])
        #expect(host.traffic(50, at: 501, window: 10) == ["resolved high_traffic access 5"])
    }

    @Test("With for it is pending first, and a second below the threshold starts it again")
    func pending() {
        var host = Dialogue(highTraffic(for: .seconds(30)), logs: [Dialogue.access])
        #expect(host.traffic(2_400, at: 1...20) == ["pending high_traffic access"])
        #expect(host.traffic(1_200, at: 21) == ["calmed high_traffic access"])
        #expect(host.traffic(2_400, at: 22...51) == ["pending high_traffic access"])
        #expect(host.traffic(2_400, at: 52) == ["raised high_traffic access 20"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(22))
        #expect(host.notifications[0].alert.openedAt == Dialogue.moment(52))
    }

    @Test("Catching up tells of nothing, and what was pending before starts anew behind it")
    func catchingUp() {
        var host = Dialogue(highTraffic(for: .seconds(30)), logs: [Dialogue.access])
        #expect(host.traffic(2_400, at: 1...20) == ["pending high_traffic access"])
        // Read late: no levels until the log is caught up.
        #expect(host.read(requests: 50_000, isAtEnd: false, at: 100) == [])
        #expect(host.traffic(2_400, at: 100) == ["pending high_traffic access"], "nobody saw the 80 seconds between")
        #expect(host.traffic(2_400, at: 101...129) == [])
        #expect(host.traffic(2_400, at: 130) == ["raised high_traffic access 20"])
    }

    @Test("Each log has an alert of its own, each rule its window")
    func logsAndWindows() {
        var host = Dialogue(
            highTraffic(of: "*"),
            highTraffic(above: 100, window: 10, of: "access"),
            logs: [Dialogue.access, Dialogue.admin]
        )
        #expect(host.alerts.trafficWindowSeconds(ofLog: "access") == [10, 120])
        #expect(host.alerts.trafficWindowSeconds(ofLog: "admin") == [120])
        #expect(host.alerts.trafficWindowSeconds(ofLog: "other") == [])
        #expect(host.traffic(2_400, at: 1, of: "admin") == ["raised high_traffic admin 20"])
        #expect(host.traffic(1_100, at: 1, window: 10) == ["raised high_traffic access 110"])
        #expect(host.traffic(2_400, at: 2) == ["raised high_traffic access 20"])
        #expect(host.traffic(1, at: 3, window: 10) == ["resolved high_traffic access 0.1"])
        #expect(host.traffic(9_999, at: 3, of: "other") == [])
        #expect(host.storedStates.map(\.instance) == ["access", "admin"])
    }

    @Test("A restart while it fires makes no second mail, and loses no recovery")
    func restart() {
        var host = Dialogue(highTraffic(), logs: [Dialogue.access])
        #expect(host.traffic(2_400, at: 1) == ["raised high_traffic access 20"])
        #expect(host.restart(highTraffic(), at: 10) == [])
        #expect(host.traffic(2_600, at: 11...20) == [])
        #expect(host.traffic(120, at: 21) == ["resolved high_traffic access 1"])
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
        #expect(host.notifications[1].alert.log?.openingHits == 2_400)
        #expect(host.notifications[1].alert.id == host.notifications[0].alert.id)
    }

    @Test("A restart while it is pending believes it where it could not have completed")
    func restartWhilePending() {
        var host = Dialogue(highTraffic(for: .seconds(60)), logs: [Dialogue.access])
        #expect(host.traffic(2_400, at: 1) == ["pending high_traffic access"])
        _ = host.restart(highTraffic(for: .seconds(60)), at: 30)
        #expect(host.traffic(2_400, at: 31...60) == [])
        #expect(host.traffic(2_400, at: 61) == ["raised high_traffic access 20"])
    }

    @Test("Alerts of a log that is no longer configured are closed, and so are those of another threshold")
    func removed() {
        var host = Dialogue(highTraffic(of: "*"), logs: [Dialogue.access, Dialogue.admin])
        _ = host.traffic(2_400, at: 1)
        _ = host.traffic(2_400, at: 1, of: "admin")
        #expect(
            host.restart(highTraffic(of: "*"), logs: [Dialogue.access], at: 10) == [
                "resolved high_traffic admin 20 (its log was removed from the configuration)"
            ]
        )
        #expect(
            host.restart(highTraffic(above: 30, of: "*"), logs: [Dialogue.access], at: 20) == [
                "resolved high_traffic access 20 (its rule was changed or removed)"
            ]
        )
    }

    @Test("Reminders say how it stands now")
    func reminders() {
        var host = Dialogue(highTraffic(repeatEvery: .seconds(600)), logs: [Dialogue.access])
        _ = host.traffic(2_400, at: 1)
        _ = host.traffic(1_800, at: 2...600)
        #expect(host.tick(at: 600) == [])
        #expect(host.tick(at: 601) == ["reminded high_traffic access 15"])
    }

    @Test("An unreachable host raises none and keeps what fires")
    func unreachableHost() {
        var host = Dialogue(
            unreachable(for: .seconds(60)),
            highTraffic(of: "*", repeatEvery: .seconds(120)),
            logs: [Dialogue.access, Dialogue.admin]
        )
        _ = host.traffic(2_400, at: 1)
        _ = host.unreachable(at: 10)
        #expect(host.tick(at: 70) == ["raised unreachable"])
        #expect(host.traffic(2_400, at: 71...80, of: "admin") == ["pending high_traffic admin"])
        #expect(host.tick(at: 500) == [])
        #expect(host.reachable(at: 510) == ["resolved unreachable"])
        #expect(host.tick(at: 511) == ["reminded high_traffic access 20"])
        #expect(host.traffic(2_400, at: 512, of: "admin").last == "raised high_traffic admin 20")
        #expect(host.traffic(0, at: 520) == ["resolved high_traffic access 0"])
    }

    @Test("A clock that is set completes nothing")
    func clockSteps() {
        var host = Dialogue(highTraffic(for: .seconds(60)), logs: [Dialogue.access])
        _ = host.traffic(2_400, at: 1...10)
        #expect(host.clockSteps(by: 3_600) == ["pending high_traffic access"])
        #expect(host.traffic(2_400, at: 3_611...3_660) == [])
        #expect(host.traffic(2_400, at: 3_661) == ["raised high_traffic access 20"])
    }

    @Test("Alerts and notifications that an earlier version stored are still read")
    func earlierVersion() throws {
        let stored = """
            {"kind":"raised","recipients":["ops@example.org"],"alert":{"id":"alert-1","host":"web-1","kind":"metric",
            "type":"cpu_percent","instance":"","severity":"warning","unit":"percent","holdForMilliseconds":0,
            "since":1795197600000,"openedAt":1795197600000,"recent":[],"reason":"","recipients":["ops@example.org"],
            "remindersSent":0,"lastNotifiedAt":1795197600000}}
            """
        let notification = try JSONDecoder().decode(AlertNotification.self, from: Data(stored.utf8))
        #expect(notification.alert.log == nil)
        #expect(notification.alert.type == "cpu_percent")
    }
}
