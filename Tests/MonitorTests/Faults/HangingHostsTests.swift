import Foundation
import TestServers
import Testing

@testable import Monitor

/// Hosts that stop in the middle: each costs its own polls and nobody else's, and comes back by itself.
struct HangingHostsTests {
    @Test func killedHalfOpenAndFrozenHostsComeBackAndCostNobodyElse() throws {
        let killed = try SSHServer()
        let halfOpen = try SSHServer()
        let frozen = try SSHServer()
        let router = try DropbearServer()
        let fleet = try Fleet(
            """
            <host name="healthy" address="127.0.0.1" port="$PORT"/>
            <host name="twin" address="127.0.0.1" port="$PORT">
              <command name="hangs" run="echo 1; exec sleep 600" interval="1s" timeout="500ms"/>
            </host>
            <host name="router" address="127.0.0.1" port="\(router.port)" known-hosts="\(router.knownHostsFile)"
              key="\(router.keyFile)" remote-directory="$FOLDER/router"/>
            \(Self.host("killed", killed))\(Self.host("halfopen", halfOpen))\(Self.host("frozen", frozen))
            """
        )
        try fleet.start(retry: RetryPolicy(failure: Backoff(first: .seconds(3), limit: .seconds(3))))
        try fleet.expectUp("healthy", "twin", "router", "killed", "halfopen", "frozen")

        let probes = killed.connectionProcesses().filter { Self.name(of: $0).hasPrefix("metricsd-probe") }
        #expect(probes.count == 1)
        for probe in probes { kill(probe, SIGKILL) }
        let stopped = halfOpen.connectionProcesses()
        #expect(!stopped.isEmpty)
        let all = frozen.connectionProcesses() + [frozen.processIdentifier]
        defer {
            for process in stopped { kill(process, SIGKILL) }
            for process in all { kill(process, SIGCONT) }
        }
        for process in stopped + all { kill(process, SIGSTOP) }

        try fleet.expect(
            [
                Fault("killed", "unreachable", "poll", "the probe ended", "SIGKILL", "OOM"),
                Fault("halfopen", "unreachable", "poll", "no answer within 0.9 s"),
                Fault("frozen", "unreachable", "poll", "no answer within 0.9 s"),
            ],
            retried: false
        )
        // A new connection finds a new sshd process; the host that is stopped as a whole stays away.
        try fleet.expectUp("killed", "halfopen")
        try fleet.wait("second line of frozen") { fleet.warnings(of: "frozen").count == 2 }
        #expect(fleet.warnings(of: "frozen").last?.contains("accepts connections and says nothing") == true)
        for process in all { kill(process, SIGCONT) }
        try fleet.expectUp("frozen")
        #expect(fleet.log.lines(with: " notice frozen: ", "answers again after").count == 1)

        try fleet.expectUndisturbed("healthy")
        try fleet.expectUndisturbed("twin")
        try fleet.expectUndisturbed("router")
        #expect(
            try fleet.rows("SELECT DISTINCT command, ending, output FROM command_outputs") == ["hangs\ttimed_out\t1\\n"]
        )
    }

    private static func host(_ name: String, _ server: SSHServer) -> String {
        """
        <host name="\(name)" address="127.0.0.1" port="\(server.port)" known-hosts="\(server.knownHostsFile)"
          key="\(server.keyFile)" timeout="6s"/>
        """
    }

    private static func name(of process: Int32) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) ?? ""
    }
}
