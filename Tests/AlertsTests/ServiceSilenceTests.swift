import Alerts
import Testing
import Wire

/// Silences of the host `metricsd`.
@Suite struct ServiceSilenceTests {
    private let all = AlertSilence(cause: "silenced: the warehouse moves")

    @Test("A delivery that fails in a silence is told at its end, if it still does")
    func delivery() {
        var service = ServiceDialogue(edw(repeatEvery: .seconds(60)))
        _ = service.silence([all], at: 0)
        #expect(service.delivery(failed: 2, "refused", at: 10) == ["raised quietly delivery_failed edw 2"])
        #expect(service.tick(at: 500) == [])
        #expect(service.silence([], at: 600) == ["raised delivery_failed edw 2"])
        #expect(service.tick(at: 660) == ["reminded delivery_failed edw 2"])
        #expect(service.delivery(failed: 0, at: 700) == ["resolved delivery_failed edw 0"])
    }

    @Test("A silence that ended while metricsd was away: the delivery says first how it stands")
    func restart() {
        var service = ServiceDialogue(edw())
        _ = service.silence([all], at: 0)
        _ = service.delivery(failed: 2, "refused", at: 10)
        #expect(service.restart(edw(), at: 100) == [])
        #expect(service.tick(at: 101) == [])
        #expect(service.delivery(failed: 2, "refused", at: 110) == ["raised delivery_failed edw 2"])

        var mended = ServiceDialogue(edw())
        _ = mended.silence([all], at: 0)
        _ = mended.delivery(failed: 2, "refused", at: 10)
        _ = mended.restart(edw(), at: 100)
        #expect(mended.delivery(failed: 0, at: 110) == ["resolved quietly delivery_failed edw 0"])
        #expect(mended.notifications == [])
    }

    @Test("The disk budget: what got worse in a silence is told as that")
    func budget() {
        var service = ServiceDialogue()
        #expect(service.disk(920, at: 10) == ["raised disk_budget logs 92"])
        _ = service.silence([AlertSilence(type: "disk_budget", cause: "silenced")], at: 20)
        #expect(service.disk(1_000, isStopped: true, at: 30) == ["worsened quietly disk_budget logs 100"])
        #expect(service.silence([], at: 40) == ["worsened disk_budget logs 100"])
    }

    @Test("A notice in a silence is a row and no mail")
    func notice() {
        var service = ServiceDialogue(edw())
        _ = service.silence([all], at: 0)
        let conflict = DeliveryConflict(delivery: "edw", takenPath: "/a", storedPath: "/a-2")
        #expect(service.observe(.conflict(conflict), at: 10) == ["noticed quietly delivery_conflict edw"])
    }
}
