import Alerts
import Testing
import Wire

@Suite struct RestartTests {
    @Test("An alert that fires over a restart is told once, and its end is told")
    func firing() {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 10)
        #expect(host.restart(above(90), at: 20) == [])
        #expect(host.value(96, at: 30) == [])
        #expect(host.value(50, at: 40) == ["resolved cpu_percent 50"])
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
        #expect(host.notifications[0].alert.id == host.notifications[1].alert.id)
        #expect(host.notifications[1].alert.recent.map(\.value) == [95, 96, 50])
        #expect(host.storedStates == [])
    }

    @Test("An alert whose condition ended while metricsd was away is resolved by the first value")
    func endedMeanwhile() {
        var host = Dialogue(above(90, for: .seconds(60)))
        for second in stride(from: 0.0, through: 60, by: 10) { _ = host.value(95, at: second) }
        _ = host.restart(above(90, for: .seconds(60)), at: 5_000)
        #expect(host.value(50, at: 5_010) == ["resolved cpu_percent 50"])
    }

    @Test("Pending goes on over a restart")
    func pending() {
        var host = Dialogue(above(90, for: .seconds(60)))
        _ = host.value(95, at: 0)
        _ = host.value(95, at: 10)
        #expect(host.restart(above(90, for: .seconds(60)), at: 30) == [])
        #expect(host.value(95, at: 50) == [])
        #expect(host.value(95, at: 60) == ["raised cpu_percent 95"])
    }

    @Test("Pending begins again when it would have run out while nobody looked")
    func pendingTooLong() {
        var host = Dialogue(above(90, for: .seconds(60)))
        _ = host.value(95, at: 0)
        _ = host.restart(above(90, for: .seconds(60)), at: 3_600)
        #expect(host.value(95, at: 3_610) == ["pending cpu_percent"])
        #expect(host.storedStates.map(\.since) == [Dialogue.moment(3_610)])
    }

    @Test("Unreachable goes on over a restart without a second mail")
    func unreachableHost() {
        var host = Dialogue(unreachable(for: .seconds(60)))
        _ = host.unreachable(at: 0)
        _ = host.tick(at: 60)
        #expect(host.restart(unreachable(for: .seconds(60)), at: 100) == [])
        #expect(host.unreachable(at: 110) == [])
        #expect(host.tick(at: 500) == [])
        #expect(host.reachable(at: 600) == ["resolved unreachable"])
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
    }

    @Test("A rule that is gone resolves its alert and drops its pending state")
    func ruleRemoved() {
        var host = Dialogue(above(90), above(50, for: .seconds(60)))
        _ = host.value(95, at: 10)
        #expect(
            host.restart(above(99), at: 20) == [
                "calmed cpu_percent", "resolved cpu_percent 95 (its rule was changed or removed)",
            ]
        )
        #expect(host.storedStates == [])
        #expect(host.value(95, at: 30) == [])
    }

    @Test("A metric that is no longer collected resolves its alert")
    func metricRemoved() {
        var host = Dialogue(above(90), metrics: Dialogue.standard)
        _ = host.value(95, at: 10)
        #expect(host.restart(above(90, "no_such_metric"), at: 20).count == 1)
        #expect(host.storedStates == [])
    }

    @Test("A host that is gone resolves its alerts")
    func hostRemoved() {
        var host = Dialogue(above(90), unreachable(for: .seconds(60)))
        _ = host.value(95, at: 10)
        _ = host.unreachable(at: 20)
        #expect(
            host.removeHost(at: 30) == [
                "resolved cpu_percent 95 (the host was removed from the configuration)", "calmed unreachable",
            ]
        )
    }

    @Test("Other recipients, severity or for keep the alert; those who were told are told of the end")
    func changedRule() {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 10)
        #expect(host.restart(above(90, for: .seconds(60), recipients: ["new@example.org"]), at: 20) == [])
        #expect(host.value(5, at: 30) == ["resolved cpu_percent 5"])
        #expect(host.notifications[1].recipients == ops)
    }

    @Test("A reload takes the states over without the journal")
    func reload() {
        var host = Dialogue(above(90), above(10, for: .seconds(60)))
        _ = host.value(95, at: 10)
        #expect(Set(host.alerts.states.map(\.ruleKey)) == Set(host.storedStates.map(\.ruleKey)))
    }

    @Test("Reminders go on from the last one")
    func reminders() {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        _ = host.value(95, at: 0)
        _ = host.tick(at: 60)
        _ = host.restart(above(90, repeatEvery: .seconds(60)), at: 70)
        _ = host.value(95, at: 80)
        #expect(host.tick(at: 119) == [])
        #expect(host.tick(at: 120) == ["reminded cpu_percent 95"])
        #expect(host.notifications.last?.alert.remindersSent == 2)
    }
}
