import Foundation
import TestServers
import Testing

/// `metricsd check --connect` and `poll` with hosts behind a bastion.
struct BastionCommandTests {
    private let bastion: SSHServer
    private let site: Site

    init() throws {
        bastion = try SSHServer()
        var options = SSHServer.Options()
        options.listenAddresses = ["127.0.0.2"]
        let fingerprint = try SSHServer.run("ssh-keygen", ["-lf", "\(bastion.folder.path)/host_ed25519.pub"])
            .split(separator: " ")[1]
        site = try Site(
            """
            <group jump="127.0.0.1:\(bastion.port)" jump-key="\(bastion.keyFile)" jump-host-key="\(fingerprint)">
              <host name="web-1" address="127.0.0.2" port="$PORT"/>
              <host name="web-2" address="127.0.0.2" port="$PORT"/>
            </group>
            """,
            sshd: options
        )
    }

    private var name: String { "jump:\(bastion.user)@127.0.0.1:\(bastion.port)" }

    @Test func everyHopIsClimbedByName() throws {
        let result = try site.metricsd("check", "--connect")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let lines = result.output.lines
        let hop = try #require(lines.firstIndex { $0.hasPrefix("\(name) (127.0.0.1:\(bastion.port))") })
        #expect(lines[(hop + 1)...].prefix { $0.hasPrefix("  ok ") }.count == 5)
        #expect(
            lines.contains {
                $0.contains("connect") && $0.contains("through \(bastion.user)@127.0.0.1:\(bastion.port)")
            }
        )
        let poll = try site.metricsd("poll", "web-2")
        #expect(poll.status == 0 && poll.output.contains("uptime_seconds"), "\(poll.output)\(poll.errors)")
    }

    @Test func aBastionThatIsDownIsToldAsItself() throws {
        bastion.stop()
        let result = try site.metricsd("check", "--connect")
        #expect(result.status == 69)
        let failures = result.output.lines.filter { $0.hasPrefix("  FAIL") }
        #expect(failures.count >= 3, "\(result.output)")
        #expect(
            failures[0].contains("\(name): connecting to 127.0.0.1:\(bastion.port): connection refused"),
            "\(failures)"
        )
        #expect(failures[1].contains("web-1: through \(bastion.user)@127.0.0.1:\(bastion.port): "), "\(failures)")
        let poll = try site.metricsd("poll", "web-1")
        #expect(poll.status == 69 && poll.errors.contains("web-1: through "), "\(poll.errors)")
    }
}
