import Alerts
import Testing
import Wire

/// Something on the way to a host fails, and is told of elsewhere.
@Suite struct HoldBackTests {
    @Test("What began behind a broken way is kept and shown, and told to nobody")
    func held() {
        var host = Dialogue(unreachable(for: .seconds(60)))
        #expect(host.hold(because: "gw-1 is unreachable", at: 5) == [])
        #expect(host.unreachable(at: 10) == ["pending unreachable"])
        #expect(host.tick(at: 70) == ["raised quietly unreachable"])
        #expect(host.storedStates.map(\.alert?.heldBackBecause) == ["gw-1 is unreachable"])
        #expect(host.rows.values.first?.isHeldBack == true)
        #expect(host.hold(because: nil, at: 1_000) == [])
        #expect(host.reachable(at: 1_010) == ["resolved quietly unreachable"])
        #expect(host.notifications == [])
        #expect(host.tick(at: 10_000) == [])
    }

    @Test("When the way is free the host has until its next try; then it is told with the whole time")
    func stillAwayBehindAFreeWay() {
        var host = Dialogue(unreachable(for: .zero))
        _ = host.hold(because: "gw-1 is unreachable", at: 5)
        #expect(host.unreachable(at: 10) == ["raised quietly unreachable"])
        #expect(host.hold(because: nil, at: 100) == [])
        #expect(host.unreachable("no route to host", at: 105) == [], "this try began while the way was broken")
        #expect(host.tick(at: 106) == [])
        #expect(host.unreachable("connection refused", at: 130) == ["raised unreachable"])
        #expect(host.notifications[0].alert.since == Dialogue.moment(10))
        #expect(
            host.notifications[0].alert.hold == AlertHold(cause: "gw-1 is unreachable", endedAt: Dialogue.moment(130))
        )
        #expect(host.reachable(at: 200) == ["resolved unreachable"])
    }

    @Test("A host that is not tried again behind a free way is told after five and a half minutes")
    func neverTriedAgain() {
        var host = Dialogue(unreachable(for: .zero))
        _ = host.hold(because: "gw-1 is unreachable", at: 5)
        _ = host.unreachable(at: 10)
        _ = host.hold(because: nil, at: 100)
        #expect(host.tick(at: 429) == [])
        #expect(host.tick(at: 430) == ["raised unreachable"])
    }

    @Test("What was told before the way broke is not repeated, and its end is told")
    func toldBefore() {
        var host = Dialogue(unreachable(for: .zero, repeatEvery: .seconds(100)))
        #expect(host.unreachable(at: 10) == ["raised unreachable"])
        #expect(host.hold(because: "gw-1 is unreachable", at: 20) == ["stored unreachable"])
        #expect(host.tick(at: 500) == [], "no reminder")
        #expect(host.reachable(at: 600) == ["resolved unreachable"])
    }

    @Test("Only what the way explains is held back")
    func others() {
        var host = Dialogue(above(90), noData(for: .seconds(60)))
        _ = host.hold(because: "gw-1 is unreachable", at: 5)
        #expect(host.value(95, at: 10) == ["raised cpu_percent 95"])
        #expect(host.tick(at: 70) == ["raised quietly no_data"])
        #expect(host.hold(because: nil, at: 80) == ["raised no_data"], "the host was answering all the time")
    }

    @Test("Two ways hold until both are free")
    func twoWays() {
        var host = Dialogue(unreachable(for: .zero))
        _ = host.hold(because: "the bastion is unreachable", by: .jump, at: 5)
        _ = host.hold(because: "gw-1 is unreachable", by: .parent, at: 5)
        _ = host.unreachable(at: 10)
        _ = host.hold(because: nil, by: .jump, at: 20)
        #expect(host.unreachable(at: 100) == ["stored unreachable"], "now because of the other")
        _ = host.hold(because: nil, by: .parent, at: 110)
        #expect(host.unreachable(at: 200) == ["raised unreachable"])
    }

    @Test("Holding back survives a restart, and what is not held any more waits for the first try")
    func restart() {
        var host = Dialogue(unreachable(for: .zero))
        _ = host.hold(because: "gw-1 is unreachable", at: 5)
        _ = host.unreachable(at: 10)
        #expect(host.restart(unreachable(for: .zero), at: 100) == [])
        #expect(host.tick(at: 101) == [])
        #expect(host.unreachable(at: 105) == ["raised unreachable"])

        var other = Dialogue(unreachable(for: .zero))
        _ = other.hold(because: "gw-1 is unreachable", at: 5)
        _ = other.unreachable(at: 10)
        _ = other.restart(unreachable(for: .zero), at: 100)
        #expect(other.reachable(at: 105) == ["resolved quietly unreachable"])
        #expect(other.notifications == [])
    }

    @Test("A step of the clock neither ends nor prolongs the wait behind a free way")
    func clockStep() {
        var host = Dialogue(unreachable(for: .zero))
        _ = host.hold(because: "gw-1 is unreachable", at: 5)
        _ = host.unreachable(at: 10)
        _ = host.hold(because: nil, at: 100)
        _ = host.clockSteps(by: 3_600)
        #expect(host.tick(at: 3_701) == [])
        #expect(host.tick(at: 4_030) == ["raised unreachable"])
    }
}
