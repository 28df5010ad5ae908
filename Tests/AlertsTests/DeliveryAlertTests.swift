import Alerts
import Testing
import Wire

@Suite struct DeliveryAlertTests {
    private static let refused = "edw: connecting to 192.0.2.50:22: connection refused. Check that sshd runs there."

    @Test("Files that fail are told once, and once more when they are delivered")
    func once() {
        var service = ServiceDialogue(edw())
        #expect(service.delivery(failed: 0, waiting: 3, at: 0) == [])
        #expect(service.delivery(failed: 1, waiting: 3, Self.refused, at: 60) == ["raised delivery_failed edw 3"])
        #expect(service.delivery(failed: 2, waiting: 3, Self.refused, at: 90) == [])
        #expect(service.delivery(failed: 1, waiting: 1, at: 120) == [])
        #expect(service.delivery(failed: 0, waiting: 0, at: 180) == ["resolved delivery_failed edw 0"])
        #expect(service.delivery(failed: 0, waiting: 0, at: 240) == [])
        #expect(service.notifications.map(\.kind) == [.raised, .resolved])
        #expect(service.notifications.map(\.recipients) == [ServiceDialogue.warehouse, ServiceDialogue.warehouse])
        #expect(service.storedStates == [])
        let row = service.rows.values.first
        #expect(row?.host == "metricsd")
        #expect(row?.unit == "files")
        #expect(row?.peak == 3)
        #expect(row?.comparison == nil)
    }

    @Test("A failure shorter than 'for' is nobody's business")
    func holds() {
        var service = ServiceDialogue(edw(for: .seconds(600)))
        #expect(service.delivery(failed: 1, Self.refused, at: 0) == ["pending delivery_failed edw"])
        #expect(service.alerts.nextTick == Dialogue.moment(600))
        #expect(service.delivery(failed: 0, at: 300) == ["calmed delivery_failed edw"])
        #expect(service.alerts.nextTick == nil)
        #expect(service.delivery(failed: 1, Self.refused, at: 400) == ["pending delivery_failed edw"])
        #expect(service.tick(at: 999) == [])
        // Nothing is tried at that moment: time alone raises it.
        #expect(service.tick(at: 1_000) == ["raised delivery_failed edw 1"])
        #expect(service.rows.values.first?.since == Dialogue.moment(400))
        #expect(service.alerts.nextTick == nil)
    }

    @Test("More and more files wait: the row follows, nobody is told again")
    func peak() {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        #expect(service.delivery(failed: 2, Self.refused, at: 30) == [])
        #expect(service.delivery(failed: 4, Self.refused, at: 70) == ["stored delivery_failed edw 4"])
        #expect(service.notifications.count == 1)
    }

    @Test("Another reason is stored, and a try that succeeds takes none away")
    func reasons() {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 2, Self.refused, at: 0)
        #expect(service.delivery(failed: 2, "edw: no space left", at: 10) == ["stored delivery_failed edw 2"])
        #expect(service.delivery(failed: 1, at: 20) == [])
        #expect(service.rows.values.first?.reason == "edw: no space left")
    }

    @Test("Reminders come at their distance until the end")
    func reminders() {
        var service = ServiceDialogue(edw(repeatEvery: .seconds(3_600)))
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        #expect(service.alerts.nextTick == Dialogue.moment(3_600))
        #expect(service.tick(at: 3_599) == [])
        #expect(service.tick(at: 3_600) == ["reminded delivery_failed edw 1"])
        _ = service.delivery(failed: 0, at: 4_000)
        #expect(service.alerts.nextTick == nil)
        #expect(service.tick(at: 100_000) == [])
    }

    @Test("Each delivery has an alert of its own, and each rule on it")
    func several() {
        let second = AlertRule(.deliveryFailed, instance: Glob("edw"), holdFor: .seconds(60), recipients: ops)
        var both = edw()
        both.rules.append(second)
        let other = ServiceAlerts.Delivery(
            name: "backup",
            rules: [AlertRule(.deliveryFailed, instance: Glob("backup"))],
            recipients: []
        )
        var service = ServiceDialogue(both, other)
        #expect(
            service.delivery(failed: 1, Self.refused, at: 0) == [
                "raised delivery_failed edw 1", "pending delivery_failed edw",
            ]
        )
        #expect(
            service.delivery(failed: 1, Self.refused, name: "backup", at: 10)
                == ["raised quietly delivery_failed backup 1"]
        )
        #expect(service.tick(at: 60) == ["raised delivery_failed edw 1"])
        #expect(
            service.delivery(failed: 0, at: 70) == ["resolved delivery_failed edw 0", "resolved delivery_failed edw 0"]
        )
        #expect(service.storedStates.map(\.instance) == ["backup"])
        #expect(service.delivery(failed: 1, name: "unknown", at: 80) == [])
    }

    @Test("The clock is set: neither 'for' nor 'repeat' counts the step")
    func clock() {
        var service = ServiceDialogue(edw(for: .seconds(600)))
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        #expect(service.clockSteps(by: 3_600) == ["pending delivery_failed edw"])
        #expect(service.tick(at: 4_199) == [])
        #expect(service.tick(at: 4_200) == ["raised delivery_failed edw 1"])
    }

    // MARK: Restarts

    @Test("A failure over a restart is told once, and its end is told")
    func restart() {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        #expect(service.restart(edw(), at: 100) == [])
        #expect(service.tick(at: 10_000) == [])
        #expect(service.delivery(failed: 1, Self.refused, at: 10_100) == [])
        _ = service.restart(edw(), at: 10_200)
        #expect(service.delivery(failed: 0, at: 10_300) == ["resolved delivery_failed edw 0"])
        #expect(Set(service.notifications.map(\.alert.id)) == ["alert-0000000000000001"])
        #expect(service.notifications.map(\.kind) == [.raised, .resolved])
    }

    @Test("What failed before a restart has failed all the time: 'for' goes on")
    func pending() {
        var service = ServiceDialogue(edw(for: .seconds(600)))
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        _ = service.restart(edw(for: .seconds(600)), at: 5_000)
        #expect(service.tick(at: 5_001) == [], "nobody has told yet how it stands")
        #expect(service.delivery(failed: 1, Self.refused, at: 5_010) == ["raised delivery_failed edw 1"])
    }

    @Test("A delivery that is gone resolves its alert; one whose rule is gone, too")
    func removed() {
        let backup = ServiceAlerts.Delivery(
            name: "backup",
            rules: [AlertRule(.deliveryFailed, instance: Glob("backup"), recipients: ops)],
            recipients: ops
        )
        var service = ServiceDialogue(edw(), backup)
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        _ = service.delivery(failed: 2, Self.refused, name: "backup", at: 0)
        var changed = edw()
        changed.rules = []
        #expect(
            service.restart(changed, at: 10) == [
                "resolved delivery_failed backup 2 (the delivery was removed from the configuration)",
                "resolved delivery_failed edw 1 (its rule was changed or removed)",
            ]
        )
        #expect(service.storedStates == [])
    }

    @Test("Other recipients, severity or for keep the alert; those who were told are told of the end")
    func changedRule() {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        #expect(service.restart(edw(for: .seconds(60), severity: .critical, recipients: ops), at: 10) == [])
        #expect(service.delivery(failed: 0, at: 20) == ["resolved delivery_failed edw 0"])
        #expect(service.notifications.last?.recipients == ServiceDialogue.warehouse)
    }

    @Test("A reload takes the states over without the journal")
    func reload() {
        var service = ServiceDialogue(edw())
        _ = service.delivery(failed: 1, Self.refused, at: 0)
        _ = service.disk(950, at: 0)
        #expect(Set(service.alerts.states.map(\.ruleKey)) == Set(service.storedStates.map(\.ruleKey)))
        #expect(service.alerts.states.count == 2)
    }
}
