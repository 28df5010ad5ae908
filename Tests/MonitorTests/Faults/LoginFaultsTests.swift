import Foundation
import TestServers
import Testing

@testable import Monitor

/// Hosts that are not reached, not trusted, or do not let us in.
struct LoginFaultsTests {
    @Test func eachGetsOneLineAndTheHostBesideThemIsUndisturbed() throws {
        let folder = try TestFolder("login-faults")
        var options = SSHServer.Options()
        options.listenAddresses = (1...6).map { "127.0.0.\($0)" }
        options.password = "right"
        options.matches = ["Match LocalAddress 127.0.0.4", "PubkeyAuthentication no"]
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder.file("other")])
        let other = try String(contentsOfFile: folder.file("other.pub"), encoding: .utf8)
        let silent = try OddServer()
        let web = try OddServer(says: "HTTP/1.1 400 Bad Request\r\n\r\n")
        let closed = try LoopbackPort.free()
        let fleet = try Fleet(
            """
            <host name="healthy" address="127.0.0.1" port="$PORT"/>
            <host name="changed" address="127.0.0.2" port="$PORT" known-hosts="\(folder.path)/changed"/>
            <host name="unknown" address="127.0.0.3" port="$PORT" known-hosts="\(folder.path)/unknown"/>
            <host name="pinned" address="127.0.0.1" port="$PORT" host-key="SHA256:\(String(repeating: "A", count: 43))"/>
            <host name="password" address="127.0.0.4" port="$PORT" password="wrong"/>
            <host name="nokey" address="127.0.0.5" port="$PORT" key="\(folder.path)/missing"/>
            <host name="stranger" address="127.0.0.6" port="$PORT" key="\(folder.path)/other"/>
            <host name="noroute" address="224.0.0.1"/>
            <host name="closed" address="127.0.0.1" port="\(closed)"/>
            <host name="silent" address="127.0.0.1" port="\(silent.port)" timeout="700ms"/>
            <host name="web" address="127.0.0.1" port="\(web.port)" timeout="700ms"/>
            """,
            attributes: "interval=\"1s\" metrics=\"uptime_seconds\" agent=\"no\"",
            sshd: options
        )
        try folder.file("changed", "[127.0.0.2]:\(fleet.sshd.port) \(other)")
        try folder.file("unknown", "")
        try fleet.start(retry: .brisk)
        try fleet.expect([
            Fault("changed", "refused", "host key", "changed", "line 1 of \(folder.path)/changed", "ssh-keyscan"),
            Fault("unknown", "refused", "host key", "unknown", "ssh-keyscan", ">> \(folder.path)/unknown"),
            Fault("pinned", "refused", "host key", "changed", "host-key=\"SHA256:"),
            Fault("password", "refused", "login at 127.0.0.4", "password refused", "right user and password"),
            Fault("nokey", "refused", "login at", "\(folder.path)/missing", "No such file"),
            Fault("stranger", "refused", "login at", "\(folder.path)/other", "authorized_keys"),
            Fault("noroute", "unreachable", "connecting to 224.0.0.1:22", "no route", "firewall"),
            Fault("closed", "unreachable", "connecting to", "connection refused", "port \(closed)"),
            Fault("silent", "unreachable", "handshake", "says nothing", "port \(silent.port)"),
            Fault("web", "unreachable", "handshake", "no SSH server", "HTTP/1.1 400", "port"),
        ])

        // What the operator mends is found by itself.
        let known = try String(contentsOfFile: fleet.sshd.knownHostsFile, encoding: .utf8)
        try folder.file("unknown", known)
        try folder.file("changed", known)
        try fleet.sshd.authorize("\(folder.path)/other.pub")
        try FileManager.default.copyItem(atPath: fleet.sshd.keyFile, toPath: "\(folder.path)/missing")
        try fleet.expectUp("unknown", "changed", "stranger", "nokey")
        try fleet.expectUndisturbed("healthy")
        #expect(!fleet.log.text.contains("wrong"))
    }

    /// Fifty hosts that nobody listens for cost the one that is there nothing, and their threads end in time.
    @Test func fiftyHostsThatRefuseLeaveNothingBehind() throws {
        let closed = try LoopbackPort.free()
        let hosts = (1...50).map { "<host name=\"closed-\($0)\" address=\"127.1.0.\($0)\" port=\"\(closed)\"/>" }
        let fleet = try Fleet(
            hosts.joined() + "<host name=\"healthy\" address=\"127.0.0.1\" port=\"$PORT\"/>"
        )
        try fleet.start(retry: .brisk)
        try fleet.rows("SELECT COUNT(*) FROM hosts WHERE state = 'unreachable' AND last_error <> ''") { $0 == ["50"] }
        try fleet.rows("SELECT COUNT(*) FROM metric_values WHERE host = 'healthy'") {
            $0.first.flatMap { Int($0) } ?? 0 >= 4
        }
        #expect(try fleet.threads(named: "closed-").count == 50)
        try fleet.expectUndisturbed("healthy")
        let begin = ContinuousClock.now
        fleet.stop()
        #expect(begin.duration(to: .now) < .seconds(5))
        #expect(try fleet.threads(named: "closed-").isEmpty)
        #expect((1...50).allSatisfy { fleet.warnings(of: "closed-\($0)").count == 1 })
    }
}

extension Fleet {
    /// Threads of this process, by their beginning; tests that run beside this one have their own.
    func threads(named start: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap {
            try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
        }.filter { $0.hasPrefix(start) }
    }
}
