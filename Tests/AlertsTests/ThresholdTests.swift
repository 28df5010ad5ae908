import Alerts
import Testing
import Wire

@Suite struct ThresholdTests {
    @Test("Above is more than the threshold, and an equal value ends it")
    func above90() {
        var host = Dialogue(above(90))
        #expect(host.value(90, at: 10) == [])
        #expect(host.value(90.1, at: 20) == ["raised cpu_percent 90.1"])
        #expect(host.value(99, at: 30) == [])
        #expect(host.value(90, at: 40) == ["resolved cpu_percent 90"])
        #expect(host.value(10, at: 50) == [])
        #expect(host.storedStates == [])
    }

    @Test("Below is less than the threshold")
    func below100() {
        var host = Dialogue(below(100, clear: 150))
        #expect(host.value(100, at: 10, metric: 2) == [])
        #expect(host.value(99, at: 20, metric: 2) == ["raised mem_available_bytes 99"])
        #expect(host.value(149, at: 30, metric: 2) == [])
        #expect(host.value(150, at: 40, metric: 2) == ["resolved mem_available_bytes 150"])
    }

    @Test("With clear it is over at that value, not before")
    func hysteresis() {
        var host = Dialogue(above(90, clear: 85))
        #expect(host.value(86, at: 10) == [], "below the threshold nothing begins")
        #expect(host.value(91, at: 20) == ["raised cpu_percent 91"])
        #expect(host.value(85.1, at: 30) == [])
        #expect(host.value(91, at: 40) == [], "no second mail")
        #expect(host.value(85, at: 50) == ["resolved cpu_percent 85"])
        #expect(host.value(89, at: 60) == [])
    }

    @Test("For: the condition must hold in every sample of the time")
    func holdFor() {
        var host = Dialogue(above(90, for: .seconds(30)))
        #expect(host.value(95, at: 10) == ["pending cpu_percent"])
        #expect(host.value(95, at: 20) == [])
        #expect(host.value(90, at: 30) == ["calmed cpu_percent"])
        #expect(host.value(95, at: 40) == ["pending cpu_percent"])
        #expect(host.value(96, at: 50) == [])
        #expect(host.value(98, at: 60) == [])
        #expect(host.value(97, at: 70) == ["raised cpu_percent 97"])
        let alert = host.notifications[0].alert
        #expect(alert.since == Dialogue.moment(40))
        #expect(alert.openedAt == Dialogue.moment(70))
        #expect(alert.peak == 98)
        #expect(alert.peakAt == Dialogue.moment(60))
    }

    @Test("A value between clear and threshold interrupts pending but does not end firing")
    func lingering() {
        var host = Dialogue(above(90, clear: 80, for: .seconds(20)))
        #expect(host.value(95, at: 10) == ["pending cpu_percent"])
        #expect(host.value(85, at: 20) == ["calmed cpu_percent"])
        #expect(host.value(95, at: 30) == ["pending cpu_percent"])
        _ = host.value(95, at: 40)
        #expect(host.value(95, at: 50) == ["raised cpu_percent 95"])
        #expect(host.value(85, at: 60) == [])
    }

    @Test("An answer that is late or early by little does not cost another interval")
    func jitter() {
        var host = Dialogue(above(90, for: .seconds(20)))
        _ = host.value(95, at: 10.02)
        _ = host.value(95, at: 20.01)
        #expect(host.value(95, at: 30.0) == ["raised cpu_percent 95"])
    }

    @Test("A gap of more than three intervals starts the time again")
    func gap() {
        var host = Dialogue(above(90, for: .seconds(60)))
        #expect(host.value(95, at: 0) == ["pending cpu_percent"])
        #expect(host.value(95, at: 30) == [], "three intervals are none")
        #expect(host.value(95, at: 61) == ["pending cpu_percent"], "pending anew, though 60 s have passed")
        #expect(host.value(95, at: 91) == [])
        #expect(host.value(95, at: 121) == ["raised cpu_percent 95"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(61))
    }

    @Test("Values that are not numbers change nothing")
    func notANumber() {
        var host = Dialogue(above(90))
        #expect(host.value(.nan, at: 10) == [])
        #expect(host.value(.infinity, at: 20) == [])
        _ = host.value(95, at: 30)
        #expect(host.value(.nan, at: 40) == [])
        #expect(host.value(50, at: 50) == ["resolved cpu_percent 50"])
    }

    @Test("A clock that is set back completes nothing and breaks nothing")
    func clockSetBack() {
        var host = Dialogue(above(90, for: .seconds(30)))
        _ = host.value(95, at: 3_600)
        #expect(host.value(95, at: 10) == [])
        #expect(host.value(95, at: 20) == [])
        #expect(host.value(50, at: 30) == ["calmed cpu_percent"])
    }

    @Test("An alert remembers its peak and its last ten values, also from before")
    func history() {
        var host = Dialogue(above(90))
        for second in 1...15 { _ = host.value(Double(second), at: Double(second) * 10) }
        _ = host.value(95, at: 160)
        let raised = host.notifications[0].alert
        #expect(raised.recent.map(\.value) == [7, 8, 9, 10, 11, 12, 13, 14, 15, 95])
        #expect(raised.recent.last?.at == Dialogue.moment(160))
        _ = host.value(99, at: 170)
        _ = host.value(93, at: 180)
        _ = host.value(40, at: 190)
        let resolved = host.notifications[1].alert
        #expect(resolved.peak == 99)
        #expect(resolved.peakAt == Dialogue.moment(170))
        #expect(resolved.openingValue == 95)
        #expect(resolved.value == 40)
        #expect(resolved.resolvedAt == Dialogue.moment(190))
        #expect(resolved.recent.map(\.value) == [10, 11, 12, 13, 14, 15, 95, 99, 93, 40])
        #expect(resolved.id == raised.id)
    }

    @Test("A new peak is stored, at most once a minute")
    func peakRows() {
        var host = Dialogue(above(90))
        _ = host.value(91, at: 0)
        #expect(host.value(92, at: 10) == [])
        #expect(host.value(93, at: 60) == ["stored cpu_percent 93"])
        #expect(host.value(94, at: 70) == [])
        #expect(host.rows.values.first?.peak == 93)
    }

    @Test("Every instance has its own alert; the glob chooses them")
    func instances() {
        var host = Dialogue(above(90, "disk_used_percent", instance: "/*"))
        func mounts(_ values: [(String, Double)]) -> [Sample] {
            values.map { Sample(metric: 1, instance: $0.0, value: $0.1) }
        }
        #expect(
            host.poll(mounts([("/", 91), ("/var", 50), ("tmpfs", 99)]), at: 10) == ["raised disk_used_percent / 91"]
        )
        #expect(
            host.poll(mounts([("tmpfs", 99), ("/var", 95), ("/", 92)]), at: 20) == ["raised disk_used_percent /var 95"],
            "in another order"
        )
        #expect(host.poll(mounts([("/", 10), ("/var", 95)]), at: 30) == ["resolved disk_used_percent / 10"])
        #expect(host.notifications.map(\.alert.id).count == 3)
        #expect(Set(host.notifications.map(\.alert.id)).count == 2)
    }

    @Test("Two rules on one metric are two alerts")
    func twoRules() {
        var host = Dialogue(
            above(80),
            above(95, recipients: ["boss@example.org"]),
            above(80, recipients: ["web@example.org"])
        )
        #expect(host.value(85, at: 10) == ["raised cpu_percent 85", "raised cpu_percent 85"])
        #expect(host.value(97, at: 20) == ["raised cpu_percent 97"])
        #expect(host.notifications.map(\.recipients) == [ops, ["web@example.org"], ["boss@example.org"]])
        let keys = Set(host.storedStates.map(\.ruleKey))
        #expect(keys == ["cpu_percent above 80", "cpu_percent above 80 #2", "cpu_percent above 95"])
    }

    @Test("A series that three complete polls lack is resolved as no longer reported")
    func vanished() {
        var host = Dialogue(above(90, "disk_used_percent"))
        let mount = Sample(metric: 1, instance: "/mnt", value: 95)
        let root = Sample(metric: 1, instance: "/", value: 10)
        #expect(host.poll([root, mount], at: 10) == ["raised disk_used_percent /mnt 95"])
        #expect(host.poll([root], at: 20) == [])
        #expect(host.poll([root, mount], at: 30) == [], "it is back: the count begins again")
        #expect(host.poll([root], at: 40) == [])
        #expect(host.poll([], failed: ["filesystems"], at: 50) == [], "a collector that failed says nothing")
        #expect(host.poll([], withMetrics: false, at: 55) == [], "nor does a poll for commands only")
        #expect(host.poll([root], failed: ["cpu"], at: 60) == [], "another one does not matter")
        #expect(host.poll([root], at: 70) == ["resolved disk_used_percent /mnt 95 (no longer reported)"])
        #expect(host.poll([root, mount], at: 80) == ["raised disk_used_percent /mnt 95"])
    }

    @Test("Where nobody is to be told, the alert is a row all the same")
    func nobodyToTell() {
        var host = Dialogue(above(90, recipients: []))
        #expect(host.value(95, at: 10) == ["raised quietly cpu_percent 95"])
        #expect(host.value(5, at: 20) == ["resolved quietly cpu_percent 5"])
        #expect(host.rows.count == 1)
    }

    @Test("Reminders come every so often while it fires, and stop with it")
    func reminders() {
        var host = Dialogue(above(90, repeatEvery: .seconds(60)))
        _ = host.value(95, at: 0)
        #expect(host.tick(at: 59) == [])
        #expect(host.tick(at: 60) == ["reminded cpu_percent 95"])
        #expect(host.tick(at: 61) == [])
        #expect(host.tick(at: 130) == ["reminded cpu_percent 95"])
        #expect(host.notifications.last?.alert.remindersSent == 2)
        _ = host.value(5, at: 140)
        #expect(host.tick(at: 1_000) == [])
        #expect(host.alerts.nextTick == nil)
    }

    @Test("Ids are alert- and 16 hexadecimal digits")
    func ids() {
        var host = Dialogue(above(90))
        _ = host.value(95, at: 0)
        #expect(host.notifications[0].alert.id == "alert-0000000000000001")
    }
}
