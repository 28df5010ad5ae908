import Alerts
import Foundation
import Testing
import Wire

@Suite struct MachineChangedTests {
    private let former = "0123456789abcdef0123456789abcdef"
    private let other = "fedcba9876543210fedcba9876543210"

    private func machine(_ machineID: String, knownAs: [String] = []) -> RefusedMachine {
        RefusedMachine(
            host: "web-1",
            machineID: machineID,
            nodeName: "db-1.example.org",
            address: "192.0.2.11",
            boundID: former,
            boundAddress: "192.0.2.10",
            knownAs: knownAs
        )
    }

    @Test("No rule is needed; one mail tells of it, and unreachable raises nothing beside it")
    func toldOnce() throws {
        var host = Dialogue(unreachable(for: .seconds(60)), noData(for: .seconds(60)), above(90))
        #expect(host.value(50, at: 0) == [])
        #expect(host.refused(machine(other), at: 10) == ["raised machine_changed", "pending unreachable"])
        #expect(host.refused(machine(other), at: 100) == [])
        #expect(host.tick(at: 10_000) == [])
        #expect(host.alerts.nextTick == nil)
        #expect(host.reachable(at: 10_010) == ["calmed unreachable"])
        #expect(host.settled(at: 10_010) == ["resolved machine_changed"])
        #expect(host.notifications.map(\.kind) == [.raised, .resolved])
        #expect(host.notifications.map(\.recipients) == [["ops@example.org"], ["ops@example.org"]])

        let mails = AlertMail.compose(host.notifications, domain: "example.org")
        #expect(mails[0].subject == "[metricsd] ALERT web-1 machine_changed: another machine answers at 192.0.2.11")
        let body = mails[0].body
        #expect(body.hasPrefix("web-1: another machine answers at 192.0.2.11 (critical).\n"))
        for words in [former, other, "192.0.2.10", "db-1.example.org", "`metricsd host accept web-1`"] {
            #expect(body.contains(words), "\(words) in \(body)")
        }
        #expect(mails[1].body.hasPrefix("web-1: the machine that it is bound to answers again after "))
    }

    @Test("An accepted machine closes it")
    func accepted() {
        var host = Dialogue()
        _ = host.refused(machine(other), at: 10)
        #expect(
            host.settled("the other machine was accepted", at: 20)
                == ["resolved machine_changed (the other machine was accepted)"]
        )
        let mail = AlertMail.compose(host.notifications, domain: "example.org")[1]
        #expect(
            mail.subject == "[metricsd] RESOLVED web-1 machine_changed (the other machine was accepted), after 10 s"
        )
    }

    @Test("That the host is then not reached is no end, and is told by itself")
    func thenUnreachable() {
        var host = Dialogue(unreachable(for: .seconds(60)))
        _ = host.refused(machine(other), at: 10)
        #expect(host.unreachable(at: 20) == [])
        #expect(host.unreachable(at: 80) == ["raised unreachable"])
        #expect(
            host.rows.values.filter { $0.resolvedAt == nil }.map(\.type).sorted() == ["machine_changed", "unreachable"]
        )
    }

    @Test("A restart tells nothing twice")
    func restart() {
        var host = Dialogue()
        _ = host.refused(machine(other), at: 10)
        #expect(host.restart(at: 20) == [])
        #expect(host.refused(machine(other), at: 30) == [])
        #expect(host.settled(at: 40) == ["resolved machine_changed"])
    }

    @Test("A third machine is stored, not told again")
    func thirdMachine() {
        var host = Dialogue()
        _ = host.refused(machine(other), at: 10)
        let third = "00112233445566778899aabbccddeeff"
        #expect(host.refused(machine(third), at: 20) == ["stored machine_changed"])
        #expect(host.rows.values.first?.reason.contains(third) == true)
    }

    @Test("A machine that is configured under another name is named")
    func exchanged() {
        #expect(machine(other, knownAs: ["db-1"]).sentence.contains("the machine that is configured as db-1"))
        #expect(machine("").sentence.contains("It has no machine-id"))
        #expect(!machine(other).sentence.contains("\n"))
    }
}

extension Dialogue {
    fileprivate mutating func refused(_ machine: RefusedMachine, at seconds: Double) -> [String] {
        take(alerts.machineRefused(machine, at: Dialogue.moment(seconds)))
    }

    fileprivate mutating func settled(_ resolution: String? = nil, at seconds: Double) -> [String] {
        take(alerts.machineSettled(resolution, at: Dialogue.moment(seconds)))
    }
}
