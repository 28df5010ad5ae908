import Alerts
import Testing
import Wire

/// The clock is set, or the machine was suspended: seconds after `clockSteps` are by the new clock.
@Suite struct ClockStepTests {
    private static let hour = 3_600.0

    @Test("A step forward raises neither unreachable nor no_data, and for counts on")
    func forward() {
        var host = Dialogue(unreachable(for: .seconds(180)), noData(for: .seconds(120)))
        _ = host.value(1, at: 10)
        #expect(host.clockSteps(by: Self.hour) == [])
        #expect(host.tick(at: Self.hour + 11) == [])
        #expect(host.unreachable(at: Self.hour + 20) == ["pending unreachable"])
        #expect(host.clockSteps(by: Self.hour) == ["pending unreachable"])
        #expect(host.tick(at: 2 * Self.hour + 199) == [])
        #expect(host.tick(at: 2 * Self.hour + 200) == ["raised unreachable"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(2 * Self.hour + 20))
        #expect(host.reachable(at: 2 * Self.hour + 210) == ["resolved unreachable"])
        #expect(host.tick(at: 2 * Self.hour + 329) == [])
        #expect(host.tick(at: 2 * Self.hour + 330) == ["raised no_data"])
    }

    @Test("A step back delays nothing")
    func back() {
        var host = Dialogue(unreachable(for: .seconds(180)), noData(for: .seconds(120)))
        _ = host.value(1, at: 10)
        _ = host.unreachable(at: 20)
        _ = host.clockSteps(by: -Self.hour)
        #expect(host.tick(at: 199 - Self.hour) == [])
        #expect(host.tick(at: 200 - Self.hour) == ["raised unreachable"])

        var silent = Dialogue(noData(for: .seconds(120)))
        _ = silent.value(1, at: 10)
        _ = silent.clockSteps(by: -Self.hour)
        #expect(silent.tick(at: 129 - Self.hour) == [])
        #expect(silent.tick(at: 130 - Self.hour) == ["raised no_data"])
    }

    @Test("A host that was not tried yet has its two minutes, whatever the clock does")
    func firstAttempt() {
        var host = Dialogue(unreachable(for: .zero), answers: false)
        _ = host.clockSteps(by: Self.hour)
        #expect(host.tick(at: Self.hour + 119) == [])
        #expect(host.tick(at: Self.hour + 120) == ["raised unreachable"])
    }

    @Test("A threshold's for neither completes by a step nor begins anew for a gap")
    func threshold() {
        var host = Dialogue(above(90, for: .seconds(60)))
        for second in stride(from: 0.0, through: 30, by: 10) { _ = host.value(95, at: second) }
        #expect(host.clockSteps(by: Self.hour) == ["pending cpu_percent"])
        #expect(host.value(95, at: Self.hour + 40) == [])
        #expect(host.value(95, at: Self.hour + 50) == [])
        #expect(host.value(95, at: Self.hour + 60) == ["raised cpu_percent 95"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(Self.hour))
        #expect(host.notifications[0].alert.peakAt == Dialogue.moment(Self.hour))

        var command = Dialogue(AlertRule(.commandStatus("queue_depth"), holdFor: .seconds(120), recipients: ops))
        _ = command.command(1, at: 0)
        _ = command.command(1, at: 60)
        _ = command.clockSteps(by: -Self.hour)
        #expect(command.command(1, at: 120 - Self.hour) == ["raised queue_depth 1"])
    }

    @Test("Reminders come at their rhythm, and an open alert keeps the times that people were told")
    func openAlert() {
        var host = Dialogue(above(90, repeatEvery: .seconds(600)))
        _ = host.value(95, at: 0)
        #expect(host.clockSteps(by: Self.hour) == ["kept cpu_percent"])
        #expect(host.notifications.count == 1)
        #expect(host.tick(at: Self.hour + 599) == [])
        #expect(host.tick(at: Self.hour + 600) == ["reminded cpu_percent 95"])
        _ = host.clockSteps(by: -Self.hour)
        #expect(host.alerts.nextTick == Dialogue.moment(1_200))
        #expect(host.tick(at: 1_199) == [])
        #expect(host.tick(at: 1_200) == ["reminded cpu_percent 95"])
        #expect(host.notifications.map(\.alert.openedAt) == Array(repeating: Dialogue.moment(0), count: 3))
        #expect(host.notifications.map(\.alert.since) == Array(repeating: Dialogue.moment(0), count: 3))
    }

    @Test("A restart after a step goes on from the new clock")
    func restart() {
        var host = Dialogue(unreachable(for: .seconds(180)), above(90, repeatEvery: .seconds(600)))
        _ = host.value(95, at: 0)
        _ = host.unreachable(at: 10)
        _ = host.clockSteps(by: Self.hour)
        #expect(host.storedStates.map(\.ruleKey) == ["cpu_percent above 90", "unreachable"])
        #expect(host.storedStates[1].since == Dialogue.moment(Self.hour + 10))
        _ = host.restart(
            unreachable(for: .seconds(180)),
            above(90, repeatEvery: .seconds(600)),
            at: Self.hour + 20
        )
        #expect(host.unreachable(at: Self.hour + 30) == [])
        #expect(host.tick(at: Self.hour + 190) == ["raised unreachable"])
        #expect(host.value(95, at: Self.hour + 200) == ["resolved unreachable"])
        #expect(host.tick(at: Self.hour + 599) == [])
        #expect(host.tick(at: Self.hour + 600) == ["reminded cpu_percent 95"])
    }
}
