import Alerts
import Testing
import Wire

/// People asked not to be told for a while.
@Suite struct SilenceTests {
    private let all = AlertSilence(cause: "silenced: kernel update")
    private let cpu = AlertSilence(type: "cpu_percent", cause: "silenced: a batch job")

    @Test("What began in a silence is told at its end, with all of its time")
    func toldAtTheEnd() {
        var host = Dialogue(above(90))
        #expect(host.silence([all], at: 5) == [])
        #expect(host.value(95, at: 10) == ["raised quietly cpu_percent 95"])
        #expect(host.value(99, at: 20) == [])
        #expect(host.silence([], at: 3_610) == ["raised cpu_percent 99"])
        let alert = host.notifications[0].alert
        #expect(alert.since == Dialogue.moment(10))
        #expect(alert.openedAt == Dialogue.moment(10))
        #expect(alert.hold == AlertHold(cause: "silenced: kernel update", endedAt: Dialogue.moment(3_610)))
        #expect(host.value(5, at: 3_620) == ["resolved cpu_percent 5"])
        #expect(Set(host.notifications.map(\.alert.id)).count == 1)
    }

    @Test("What began and ended in a silence is told to nobody, and kept")
    func overBeforeTheEnd() {
        var host = Dialogue(above(90))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        #expect(host.value(5, at: 20) == ["resolved quietly cpu_percent 5"])
        #expect(host.silence([], at: 30) == [])
        #expect(host.notifications == [])
        #expect(host.rows.values.first?.heldBackBecause == "silenced: kernel update")
    }

    @Test("The end of what was told before is told, also in a silence")
    func recovery() {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        #expect(host.value(95, at: 10) == ["raised cpu_percent 95"])
        #expect(host.silence([all], at: 20) == ["stored cpu_percent 95"])
        #expect(host.tick(at: 600) == [], "no reminder in a silence")
        #expect(host.value(5, at: 610) == ["resolved cpu_percent 5"])
    }

    @Test("What was told before is not told again at the end, except by repeat")
    func toldBefore() {
        var host = Dialogue(above(90), above(50, "disk_used_percent", repeatEvery: .seconds(60)))
        _ = host.poll([Sample(metric: 0, value: 95), Sample(metric: 1, instance: "/", value: 60)], at: 10)
        _ = host.silence([all], at: 20)
        #expect(host.silence([], at: 300) == ["stored cpu_percent 95", "stored disk_used_percent / 60"])
        #expect(host.tick(at: 301) == ["reminded disk_used_percent / 60"])
        #expect(host.tick(at: 302) == [])
    }

    @Test("repeat counts from the mail that the silence held back")
    func repeated() {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        #expect(host.alerts.nextTick == nil)
        #expect(host.silence([], at: 300) == ["raised cpu_percent 95"])
        #expect(host.tick(at: 301) == [])
        #expect(host.tick(at: 360) == ["reminded cpu_percent 95"])
    }

    @Test("A silence of a type leaves the others alone")
    func ofAType() {
        var host = Dialogue(above(90), above(50, "disk_used_percent"))
        _ = host.silence([cpu], at: 5)
        let samples = [Sample(metric: 0, value: 95), Sample(metric: 1, instance: "/", value: 60)]
        #expect(host.poll(samples, at: 10) == ["raised quietly cpu_percent 95", "raised disk_used_percent / 60"])
    }

    @Test("Of two silences the second goes on when the first ends")
    func overlapping() {
        var host = Dialogue(above(90))
        _ = host.silence([cpu, all], at: 5)
        _ = host.value(95, at: 10)
        #expect(host.silence([all], at: 100) == ["stored cpu_percent 95"], "for another reason than before")
        #expect(host.value(95, at: 110) == [])
        #expect(host.silence([], at: 200) == ["raised cpu_percent 95"])
    }

    @Test("Pending in a silence, firing after it: an ordinary alert")
    func pending() {
        var host = Dialogue(above(90, for: .seconds(60)))
        _ = host.silence([all], at: 0)
        for second in stride(from: 10.0, through: 60, by: 10) { _ = host.value(95, at: second) }
        _ = host.silence([], at: 65)
        #expect(host.value(95, at: 70) == ["raised cpu_percent 95"])
        #expect(host.notifications[0].alert.hold == nil)
    }

    @Test("What got worse in a silence is told as that at its end")
    func worse() {
        let rule = AlertRule(.commandStatus("queue_depth"), recipients: ops)
        var host = Dialogue(rule)
        #expect(host.command(1, "slow", at: 10) == ["raised queue_depth 1"])
        _ = host.silence([all], at: 20)
        #expect(host.command(2, "stuck", at: 70) == ["worsened quietly queue_depth 2"])
        #expect(host.silence([], at: 100) == [], "no answer with values yet")
        #expect(host.value(1, at: 110) == ["worsened queue_depth 2"])
    }

    @Test("A silence and what it holds survive a restart")
    func restartWithin() {
        var host = Dialogue(above(90))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        #expect(host.restart(above(90), silences: [all], at: 100) == [])
        #expect(host.value(95, at: 110) == [])
        #expect(host.silence([], at: 200) == ["raised cpu_percent 95"])
    }

    @Test("A silence that ended while metricsd was away: what still fires is told once it is seen again")
    func endedMeanwhile() {
        var host = Dialogue(above(90))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        #expect(host.restart(above(90), at: 7_000) == [])
        #expect(host.tick(at: 7_001) == [])
        #expect(host.value(95, at: 7_005) == ["raised cpu_percent 95"])

        var calm = Dialogue(above(90))
        _ = calm.silence([all], at: 5)
        _ = calm.value(95, at: 10)
        _ = calm.restart(above(90), at: 7_000)
        #expect(calm.value(5, at: 7_005) == ["resolved quietly cpu_percent 5"])
        #expect(calm.notifications == [])
    }

    @Test("A silence that ends while the host is unreachable: the others wait until it answers")
    func endsWhileUnreachable() {
        var host = Dialogue(unreachable(for: .seconds(60)), above(90))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        _ = host.unreachable(at: 20)
        #expect(host.tick(at: 80) == ["raised quietly unreachable"])
        #expect(host.silence([], at: 100) == ["raised unreachable"])
        #expect(host.tick(at: 101) == [])
        #expect(host.reachable(at: 200) == ["resolved unreachable"])
        #expect(host.tick(at: 200.5) == [])
        #expect(host.value(95, at: 201) == ["raised cpu_percent 95"])
    }

    @Test("A rule that is removed in a silence closes its alert without a mail")
    func ruleRemoved() {
        var host = Dialogue(above(90))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        #expect(
            host.restart(silences: [all], at: 20)
                == ["resolved quietly cpu_percent 95 (its rule was changed or removed)"]
        )
    }

    @Test("A step of the clock changes nothing of what is held back")
    func clockStep() {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        _ = host.silence([all], at: 5)
        _ = host.value(95, at: 10)
        _ = host.clockSteps(by: 3_600)
        #expect(host.tick(at: 3_700) == [])
        #expect(host.silence([], at: 3_800) == ["raised cpu_percent 95"])
    }

    @Test("Lines that are lost in a silence are a row and no mail")
    func losses() {
        var host = Dialogue(logs: [AlertLog(name: "access", path: "/a", interval: .seconds(1), recipients: ops)])
        _ = host.silence([all], at: 5)
        let loss = LogLoss(cause: .removed, file: "/a", bytes: 10)
        #expect(
            host.take(host.alerts.lost(loss, ofLog: "access", at: Dialogue.moment(10))).first?.hasPrefix(
                "noticed quietly"
            ) == true
        )
    }
}
