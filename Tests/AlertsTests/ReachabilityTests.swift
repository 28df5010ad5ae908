import Alerts
import Testing
import Wire

@Suite struct ReachabilityTests {
    @Test("Unreachable for its time, then back")
    func unreachableAndBack() {
        var host = Dialogue(unreachable(for: .seconds(180)))
        #expect(host.unreachable(at: 10) == ["pending unreachable"])
        #expect(host.tick(at: 189) == [])
        #expect(host.tick(at: 190) == ["raised unreachable"])
        #expect(host.unreachable("connection refused", at: 200) == [])
        #expect(host.tick(at: 2_000) == [])
        #expect(host.reachable(at: 2_010) == ["resolved unreachable"])
        #expect(host.notifications[0].alert.reason == "no route to host")
        #expect(host.notifications[0].alert.severity == .critical)
        #expect(host.notifications[1].alert.reason == "connection refused")
        #expect(host.notifications[1].alert.since == Dialogue.moment(10))
    }

    @Test("A short absence is told to nobody")
    func shortAbsence() {
        var host = Dialogue(unreachable(for: .seconds(180)))
        _ = host.unreachable(at: 10)
        #expect(host.reachable(at: 100) == ["calmed unreachable"])
        #expect(host.tick(at: 1_000) == [])
        #expect(host.notifications == [])
    }

    @Test("From the start on a host counts as not reachable until it answers")
    func fromTheStart() {
        var host = Dialogue(unreachable(for: .seconds(180)), answers: false)
        #expect(host.tick(at: 179) == [])
        #expect(host.tick(at: 180) == ["raised unreachable"])
        #expect(host.notifications[0].alert.reason == "not reached since metricsd started")
        #expect(host.value(1, at: 200) == ["resolved unreachable"], "an answer says that it is reachable")
    }

    @Test("Without for, the first failed attempt raises it, not the start")
    func withoutFor() {
        var host = Dialogue(unreachable(for: .zero), answers: false)
        #expect(host.tick(at: 1) == [])
        #expect(host.unreachable(at: 5) == ["raised unreachable"])

        var silent = Dialogue(unreachable(for: .zero), answers: false)
        #expect(silent.tick(at: 119) == [])
        #expect(silent.tick(at: 120) == ["raised unreachable"], "an attempt that never ends is no excuse")
    }

    @Test("An unreachable host keeps its other alerts quiet, and open")
    func silence() {
        var host = Dialogue(
            unreachable(for: .seconds(60)),
            noData(for: .seconds(60)),
            above(90, repeatEvery: .seconds(120))
        )
        #expect(host.value(95, at: 10) == ["raised cpu_percent 95"])
        #expect(host.unreachable(at: 20) == ["pending unreachable"])
        #expect(host.tick(at: 80) == ["raised unreachable"])
        #expect(host.tick(at: 135) == [], "no reminder, no no_data")
        #expect(host.tick(at: 10_000) == [])
        #expect(host.storedStates.map(\.ruleKey) == ["cpu_percent above 90", "unreachable"])
        #expect(host.value(95, at: 10_010) == ["resolved unreachable"])
        #expect(host.tick(at: 10_010) == ["reminded cpu_percent 95"], "what was held back is due now")
        #expect(host.value(5, at: 10_020) == ["resolved cpu_percent 5"])
    }

    @Test("An unreachable host reminds of that")
    func reminder() {
        var host = Dialogue(unreachable(for: .seconds(60), repeatEvery: .seconds(300)))
        _ = host.unreachable(at: 0)
        #expect(host.tick(at: 60) == ["raised unreachable"])
        #expect(host.tick(at: 360) == ["reminded unreachable"])
        #expect(host.tick(at: 361) == [])
    }

    @Test("A host that answers without values has no data")
    func noValues() {
        var host = Dialogue(unreachable(for: .seconds(60)), noData(for: .seconds(120)))
        _ = host.value(1, at: 10)
        #expect(host.poll([], failed: ["cpu"], at: 100) == [])
        #expect(host.tick(at: 129) == [])
        #expect(host.tick(at: 130) == ["raised no_data"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(10))
        #expect(host.tick(at: 140) == [])
        #expect(host.value(1, at: 150) == ["resolved no_data"])
    }

    @Test("No data waits for at least three intervals")
    func noDataMinimum() {
        var host = Dialogue(noData(for: .zero))
        #expect(host.value(1, at: 10) == [])
        #expect(host.tick(at: 39) == [])
        #expect(host.tick(at: 40) == ["raised no_data"])
    }

    @Test("No data does not fire for an unreachable host, and counts from its return")
    func noDataAndUnreachable() {
        var host = Dialogue(unreachable(for: .seconds(60)), noData(for: .seconds(120)))
        _ = host.value(1, at: 10)
        _ = host.unreachable(at: 20)
        #expect(host.tick(at: 1_000) == ["raised unreachable"])
        #expect(host.reachable(at: 1_010) == ["resolved unreachable"])
        #expect(host.tick(at: 1_129) == [])
        #expect(host.tick(at: 1_130) == ["raised no_data"])
    }

    @Test("Without an unreachable rule, no data tells of an unreachable host")
    func noDataAlone() {
        var host = Dialogue(noData(for: .seconds(120)))
        _ = host.value(1, at: 10)
        _ = host.unreachable("no route to host", at: 20)
        #expect(host.tick(at: 130) == ["raised no_data"])
        #expect(host.notifications[0].alert.reason == "no route to host")
        #expect(host.reachable(at: 140) == [])
        #expect(host.value(1, at: 150) == ["resolved no_data"])
    }

    @Test("The next tick is never missed by following nextTick")
    func nextTick() {
        var host = Dialogue(
            unreachable(for: .seconds(60)),
            noData(for: .seconds(120)),
            above(90, repeatEvery: .seconds(300))
        )
        #expect(host.alerts.nextTick == Dialogue.moment(120))
        _ = host.value(95, at: 10)
        #expect(host.alerts.nextTick == Dialogue.moment(130))
        _ = host.unreachable(at: 20)
        #expect(host.alerts.nextTick == Dialogue.moment(80))
        _ = host.tick(at: 80)
        #expect(host.alerts.nextTick == nil)
        _ = host.reachable(at: 100)
        #expect(host.alerts.nextTick == Dialogue.moment(220))
    }
}
