import SSH
import TestServers
import Testing

extension SSHServer {
    /// A target for this server with the key that it knows.
    func target(
        _ name: String = "web-1",
        timeout: Duration = .seconds(10),
        _ change: (inout SSHTarget) -> Void = { _ in }
    ) -> SSHTarget {
        var target = SSHTarget(
            name: name,
            address: "127.0.0.1",
            port: UInt16(port),
            user: user,
            credentials: SSHCredentials(keyFile: keyFile),
            knownHostsFiles: [knownHostsFile],
            timeout: timeout
        )
        change(&target)
        return target
    }
}

extension SSHSession {
    convenience init(_ target: SSHTarget) throws {
        try self.init(connectingTo: target, interrupt: Interrupt())
    }
}

@Suite struct SessionTests {
    @Test func runsACommandAndTellsHowItEnded() throws {
        let server = try SSHServer()
        let session = try SSHSession(server.target())
        let result = try session.run("cat; echo out; echo err >&2; exit 3", input: Array("in\n".utf8))
        #expect(result.outputText == "in\nout\n")
        #expect(result.standardErrorText == "err\n")
        #expect(result.exit == .status(3))
        #expect(session.remoteAddress == "127.0.0.1")
        #expect(session.hostKeyFingerprint.hasPrefix("SHA256:"))
    }
}
