import Alerts
import Testing
import Wire

@Suite struct DiskBudgetTests {
    @Test("Warns at 90 %, is over below 85 %, and stays as it is in between")
    func warning() {
        var service = ServiceDialogue()
        #expect(service.disk(899, at: 0) == [])
        #expect(service.disk(900, at: 10) == ["raised disk_budget logs 90"])
        #expect(service.disk(870, at: 20) == [])
        #expect(service.disk(850, at: 30) == [])
        #expect(service.disk(849, at: 40) == ["resolved disk_budget logs 84.9"])
        #expect(service.disk(870, at: 50) == [], "not before 90 % again")
        #expect(service.notifications.map(\.recipients) == [ops, ops])
        #expect(service.storedStates == [])
    }

    @Test("Gets worse when pulling stops, and tells so once however often it stops and goes on")
    func critical() {
        var service = ServiceDialogue()
        _ = service.disk(920, at: 0)
        #expect(
            service.disk(1_000, isStopped: true, "max-disk is reached", at: 10) == ["worsened disk_budget logs 100"]
        )
        #expect(service.disk(990, at: 20) == [])
        #expect(service.disk(1_000, isStopped: true, "max-disk is reached", at: 30) == [])
        #expect(service.disk(500, at: 40) == ["resolved disk_budget logs 50"])
        #expect(service.notifications.map(\.kind) == [.raised, .worsened, .resolved])
        #expect(service.notifications.map(\.alert.severity) == [.warning, .critical, .critical])
    }

    @Test("A full file system stops the pulling, with a budget that is far or without one")
    func fullDisk() {
        var service = ServiceDialogue()
        #expect(
            service.disk(100, isStopped: true, "no space left on device", at: 0) == ["raised disk_budget logs 10"]
        )
        #expect(service.rows.values.first?.severity == .critical)
        #expect(service.disk(90, at: 10) == ["resolved disk_budget logs 9"])
        #expect(
            service.disk(100, of: nil, isStopped: true, "no space left on device", at: 20)
                == ["raised disk_budget logs"]
        )
        #expect(service.disk(100, of: nil, at: 30) == ["resolved disk_budget logs"])
    }

    @Test("A budget that is raised or taken away resolves the alert")
    func mended() {
        var service = ServiceDialogue()
        _ = service.disk(950, at: 0)
        #expect(service.disk(950, of: 2_000, at: 10) == ["resolved disk_budget logs 47.5"])
        _ = service.disk(950, at: 20)
        #expect(service.disk(950, of: nil, at: 30) == ["resolved disk_budget logs 95"])
    }

    @Test("Over a restart it is told once, and its end is told")
    func restart() {
        var service = ServiceDialogue()
        _ = service.disk(920, at: 0)
        #expect(service.restart(at: 10) == [])
        #expect(service.disk(930, at: 20) == [])
        #expect(service.disk(1_000, isStopped: true, at: 30) == ["worsened disk_budget logs 100"])
        _ = service.restart(at: 40)
        #expect(service.disk(100, at: 50) == ["resolved disk_budget logs 10"])
        #expect(Set(service.notifications.map(\.alert.id)).count == 1)
    }

    @Test("What came down to less than 90 % while nobody looked is over: nobody would tell of 85 %")
    func restartBelow() {
        var service = ServiceDialogue()
        _ = service.disk(920, at: 0)
        _ = service.restart(at: 10)
        #expect(service.disk(870, at: 20) == ["resolved disk_budget logs 87"])
        #expect(service.disk(910, at: 30) == ["raised disk_budget logs 91"])
        #expect(service.disk(870, at: 40) == [])
    }
}

@Suite struct BatchNoticeTests {
    private let conflict = DeliveryConflict(
        delivery: "edw",
        takenPath: "/incoming/a.log",
        storedPath: "/incoming/a-0123abcd.log"
    )
    private let altered = AlteredBatch(
        host: "web-1",
        log: "access",
        path: "/var/lib/metricsd/logs/web-1/access/a.log",
        finding: "it has 90 bytes instead of 100",
        delivery: "edw"
    )

    @Test("Each is one row and one mail, and leaves no state; each further try is silent")
    func once() {
        var service = ServiceDialogue(edw())
        #expect(service.observe(.conflict(conflict), at: 10) == ["noticed delivery_conflict edw"])
        #expect(service.observe(.altered(altered), at: 20) == ["noticed batch_altered web-1/access"])
        #expect(service.observe(.conflict(conflict), at: 30) == [])
        #expect(service.observe(.altered(altered), at: 30) == [])
        #expect(service.storedStates == [])
        #expect(service.alerts.states == [])
        #expect(service.rows.values.allSatisfy { $0.resolvedAt == $0.openedAt })
        #expect(service.notifications.map(\.recipients) == [ServiceDialogue.warehouse, ServiceDialogue.warehouse])
    }

    @Test("What belongs to no delivery is told to those who are told of the disk")
    func withoutDelivery() {
        var service = ServiceDialogue()
        var kept = altered
        kept.delivery = nil
        _ = service.observe(.altered(kept), at: 0)
        #expect(service.notifications.map(\.recipients) == [ops])
        #expect(service.notifications.first?.alert.reason.contains("deliver") == false)
    }
}
