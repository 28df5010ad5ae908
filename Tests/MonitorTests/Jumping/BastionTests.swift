import Configuration
import Foundation
import Journal
import SSH
import TestServers
import Testing
import Wire

@testable import Monitor

/// Hosts behind a bastion, from its failure to the mails.
@Suite(.serialized) struct BastionTests {
    private static func fleet(
        _ bastion: SSHServer,
        hosts: Int,
        smtp: SMTPServer? = nil,
        noData: String = "3s"
    ) throws -> Fleet {
        var options = SSHServer.Options()
        options.listenAddresses = ["127.0.0.2"]
        options.configuration = ["MaxStartups 100"]
        let fingerprint = try SSHServer.run("ssh-keygen", ["-lf", "\(bastion.folder.path)/host_ed25519.pub"])
            .split(separator: " ")[1]
        let jump = "jump=\"127.0.0.1:\(bastion.port)\" jump-key=\"\(bastion.keyFile)\" jump-host-key=\"\(fingerprint)\""
        let elements = (1...hosts).map { "<host name=\"web-\($0)\" address=\"127.0.0.2\" port=\"$PORT\"/>" }
        return try Fleet(
            """
            <group \(jump) mail="ops@example.org">
              <alert type="unreachable"/>
              <alert type="no_data" for="\(noData)"/>
              \(elements.joined())
            </group>
            """,
            attributes: "interval=\"1s\" timeout=\"5s\" metrics=\"uptime_seconds\"",
            services: smtp.map { "<smtp server=\"smtp://127.0.0.1:\($0.port)\" from=\"metricsd@example.org\"/>" } ?? "",
            sshd: options
        )
    }

    /// Whether all of them have the state.
    private func are(_ state: HostState.Reachability, _ hosts: Int, in fleet: Fleet) -> Bool {
        (1...hosts).allSatisfy { fleet.status(of: "web-\($0)")?.state == state }
    }

    @Test func aBastionThatFailsIsOneMailAndItsReturnAnother() throws {
        let smtp = try SMTPServer()
        let bastion = try SSHServer()
        let fleet = try Self.fleet(bastion, hosts: 5, smtp: smtp)
        try fleet.start(retry: .brisk)
        try fleet.wait("hosts up") { are(.up, 5, in: fleet) }
        let name = "jump:\(bastion.user)@127.0.0.1:\(bastion.port)"
        #expect(fleet.status(of: name)?.state == .up)
        // All of them go through one session.
        #expect(bastion.log.components(separatedBy: "Accepted publickey").count == 2)

        let processes = bastion.connectionProcesses()
        bastion.stop()
        for process in processes { kill(process, SIGKILL) }
        try fleet.wait("hosts unreachable") { are(.unreachable, 5, in: fleet) }
        let raised = try smtp.received(atLeast: 1)
        #expect(raised[0].message.subject.hasPrefix("[metricsd] ALERT \(name)"), "\(raised)")
        #expect(raised[0].message.body.contains("5 hosts are reached through it."))
        // The hosts say through whom, and theirs is an alert that nobody is mailed.
        let through = "through \(bastion.user)@127.0.0.1:\(bastion.port): "
        #expect(fleet.status(of: "web-3")?.lastError?.hasPrefix("web-3: \(through)") == true)
        try fleet.rows("SELECT COUNT(*) FROM open_alerts WHERE type = 'unreachable'") { $0 == ["6"] }
        // Long enough for no_data too.
        try fleet.wait("time for other alerts") {
            fleet.log.lines(with: " debug \(name): ").count >= 10
        }
        #expect(try smtp.received().count == 1)

        try bastion.restart()
        try fleet.wait("hosts up again") { are(.up, 5, in: fleet) }
        let both = try smtp.received(atLeast: 2)
        #expect(both.last?.message.subject.hasPrefix("[metricsd] RESOLVED \(name)") == true)
        try fleet.rows("SELECT COUNT(*) FROM open_alerts") { $0 == ["0"] }
        #expect(try smtp.received().count == 2)
    }

    @Test func aStoppedBastionIsToldInThePlaceOfItsHosts() throws {
        let smtp = try SMTPServer()
        let bastion = try SSHServer()
        // Finding out takes the bastion's timeout.
        let fleet = try Self.fleet(bastion, hosts: 3, smtp: smtp, noData: "20s")
        try fleet.start(retry: .brisk)
        try fleet.wait("hosts up") { are(.up, 3, in: fleet) }
        let processes = bastion.connectionProcesses() + [bastion.processIdentifier]
        for process in processes { kill(process, SIGSTOP) }
        defer { for process in processes { kill(process, SIGCONT) } }
        let raised = try smtp.received(atLeast: 1)
        #expect(raised[0].message.subject.contains("jump:"), "\(raised[0].message.subject)")
        try fleet.wait("hosts unreachable") { are(.unreachable, 3, in: fleet) }
        for process in processes { kill(process, SIGCONT) }
        try fleet.wait("hosts up again") { are(.up, 3, in: fleet) }
        let both = try smtp.received(atLeast: 2)
        #expect(both.count == 2 && both.allSatisfy { $0.message.subject.contains("jump:") })
    }

    @Test func aHostThatFailsBehindAHealthyBastionIsToldItself() throws {
        let smtp = try SMTPServer()
        let bastion = try SSHServer()
        let fleet = try Self.fleet(bastion, hosts: 2, smtp: smtp)
        try fleet.start(retry: .brisk)
        try fleet.wait("hosts up") { are(.up, 2, in: fleet) }
        let processes = fleet.sshd.connectionProcesses()
        fleet.sshd.stop()
        for process in processes { kill(process, SIGKILL) }
        let raised = try smtp.received(atLeast: 1)
        #expect(raised.allSatisfy { !$0.message.subject.contains("jump:") })
        try fleet.wait("an error that names the way") {
            fleet.status(of: "web-1")?.lastError?.contains("the bastion cannot connect") == true
        }
        #expect(fleet.log.lines(with: " warning jump:").isEmpty)
    }

    @Test func onceEndsWithItsBastion() throws {
        let bastion = try SSHServer()
        let fleet = try Self.fleet(bastion, hosts: 2)
        try fleet.start(mode: .once)
        #expect(fleet.monitoring?.finishOnce() == true, "\(fleet.log.text)")
        #expect(try fleet.rows("SELECT COUNT(*) FROM hosts WHERE state = 'up'") == ["3"])
    }

    @Test func aReloadMovesHostsToAnotherBastion() throws {
        let (first, second) = (try SSHServer(), try SSHServer())
        let fleet = try Self.fleet(first, hosts: 2)
        try fleet.start(retry: .brisk)
        try fleet.wait("hosts up") { are(.up, 2, in: fleet) }
        let key = try String(contentsOfFile: "\(first.keyFile).pub", encoding: .utf8)
        try second.authorize(try second.folder.file("key.pub", key))
        let print = { (server: SSHServer) in
            String(
                try SSHServer.run("ssh-keygen", ["-lf", "\(server.folder.path)/host_ed25519.pub"]).split(
                    separator: " "
                )[1]
            )
        }
        let outcome = try fleet.reload(
            replacing: [
                "127.0.0.1:\(first.port)": "127.0.0.1:\(second.port)", try print(first): try print(second),
            ]
        )
        #expect(outcome?.problem == nil)
        try fleet.wait("hosts through the second") {
            are(.up, 2, in: fleet) && second.log.contains("Accepted publickey")
        }
        try fleet.wait("the first let go") { first.connectionProcesses().isEmpty }
        #expect(fleet.status(of: "jump:\(first.user)@127.0.0.1:\(first.port)") == nil)
    }

    /// Costs of a poll through a bastion beside one without, for docs/decisions/0020.
    @Test func pollsThroughABastionCostLittleMore() throws {
        let bastion = try SSHServer()
        let fleet = try Self.fleet(bastion, hosts: 1)
        let path = try fleet.write()
        let through = try ServerConfiguration.load(path)
        var direct = through.hosts[0]
        direct.target.jumps = []
        let (directCost, jumpCost) = (try Self.cost(direct, []), try Self.cost(through.hosts[0], through.bastions))
        Swift.print("a poll: direct \(directCost), through a bastion \(jumpCost)")
        #expect(jumpCost.wall < .milliseconds(100))
    }

    private static func cost(_ host: HostSettings, _ bastions: [HostSettings]) throws -> (wall: Duration, cpu: Duration)
    {
        let errand = try ErrandBastions(bastions)
        defer { errand.end() }
        let connection = try HostConnection(
            to: host,
            plan: CollectionPlan(host),
            probes: try ProbeFiles(),
            interrupt: Interrupt(),
            gate: HandshakeGate(total: 1, perAddress: 1),
            bastion: errand.bastions.bastion(before: host.target)
        )
        defer { connection.close() }
        let count = 500
        let (begin, before) = (ContinuousClock.now, clock())
        for _ in 0..<count { _ = try connection.poll(withMetrics: true, commandsDue: []) }
        let cpu = Duration.microseconds(Int64(clock() - before))
        return (begin.duration(to: .now) / count, cpu / count)
    }
}
