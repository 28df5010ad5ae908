import Foundation
import TestServers
import Testing

/// `metricsd check --connect`: the way to every host and service, step by step.
struct CheckConnectTests {
    private static let steps = [
        "resolve", "connect", "handshake", "host key", "login", "upload", "run", "decrypt", "poll",
    ]

    /// The lines under a title, up to the next one.
    private func climb(_ title: String, in output: String) -> [String] {
        let lines = output.lines
        guard let start = lines.firstIndex(where: { $0.hasPrefix(title) }) else { return [] }
        return Array(lines[(start + 1)...].prefix { $0.hasPrefix("  ") })
    }

    private func stepNames(_ lines: [String]) -> [String] {
        lines.compactMap { $0.firstMatch(of: #/^  ok    (\S+( \S+)*) +\d+\.\d ms/#).map { String($0.1) } }
    }

    @Test func everyStepIsNamedAndTimed() throws {
        let database = try MariaDBServer()
        let smtp = try SMTPServer()
        let site = try Site(
            attributes: "mail=\"ops@example.org\"",
            services: """
                <database socket="\(database.socket)" user="root" name="metricsd"/>
                <smtp server="smtp://127.0.0.1:\(smtp.port)" from="metricsd@example.org"/>
                """
        )
        for uploads in [true, false] {
            let result = try site.metricsd("check", "--connect")
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.errors == "")
            #expect(!result.output.contains("FAIL"))
            let host = climb("web-1 (127.0.0.1:\(site.sshd.port))", in: result.output)
            #expect(stepNames(host).filter { Self.steps.contains($0) } == Self.steps, "\(result.output)")
            let upload = try #require(host.first { $0.contains("upload") })
            #expect(upload.contains(uploads ? "KiB to \(site.folder.path)/probe" : "already there"))
            #expect(stepNames(climb("database", in: result.output)) == ["connect", "schema"])
            #expect(stepNames(climb("mail", in: result.output)) == ["login"])
            #expect(!result.output.contains("\u{1b}"))
        }
        #expect(try smtp.received().isEmpty)
        #expect(site.processes().isEmpty)
    }

    @Test func logsAreLookedAtAndNotCounted() throws {
        let site = try Site(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="access" path="$FOLDER/access.log"/>
              <log name="gone" path="$FOLDER/gone.log"/>
            </host>
            """
        )
        let log = try NumberedLog("\(site.folder.path)/access.log")
        log.append(3)
        let result = try site.metricsd("check", "--connect")
        #expect(result.status == 69)
        let host = climb("web-1", in: result.output)
        #expect(host.contains { $0.contains("ok    log") && $0.contains("access: \(log.path)") }, "\(result.output)")
        let missing = "FAIL  log gone: there is no file \(site.folder.path)/gone.log. Look whether"
        #expect(host.contains { $0.contains(missing) }, "\(result.output)")
    }

    @Test func aFailingHostIsToldWithTheMendAndTheOthersAreChecked() throws {
        let silent = try SilentListener()
        let closed = try LoopbackPort.free()
        let site = try Site(
            """
            <host name="closed" address="127.0.0.1" port="\(closed)"/>
            <host name="silent" address="127.0.0.1" port="\(silent.port)" timeout="1s"/>
            <host name="stranger" address="127.0.0.9" port="$PORT"/>
            <host name="nobody" address="127.0.0.1" port="$PORT" key="$FOLDER/other"/>
            <host name="web-1" address="127.0.0.1" port="$PORT"/>
            """,
            sshd: {
                var options = SSHServer.Options()
                options.listenAddresses = ["127.0.0.1", "127.0.0.9"]
                return options
            }()
        )
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(site.folder.path)/other"])
        let known = try String(contentsOfFile: site.sshd.knownHostsFile, encoding: .utf8).lines
        try site.sshd.folder.file(
            "known_hosts",
            known.filter { !$0.contains("127.0.0.9") }.joined(separator: "\n") + "\n"
        )
        let result = try site.metricsd("check", "--connect")
        #expect(result.status == 69)
        func failure(_ host: String) -> String {
            climb("\(host) (", in: result.output).first { $0.hasPrefix("  FAIL  ") } ?? ""
        }
        #expect(failure("closed").contains("connection refused"))
        #expect(failure("closed").contains("Check that sshd runs there and that port \(closed) is the right one."))
        #expect(failure("silent").contains("timed out"))
        #expect(failure("stranger").contains("unknown: the server has the ssh-ed25519 key"))
        #expect(failure("stranger").contains("ssh-keyscan"))
        #expect(failure("nobody").contains("authorized_keys"))
        #expect(failure("web-1") == "")
        #expect(stepNames(climb("web-1 (", in: result.output)).last == "poll")
        // What was reached before the failure is told, too.
        #expect(stepNames(climb("nobody (", in: result.output)).contains("host key"))
        // Each names its host once, in its title.
        #expect(climb("database", in: result.output).first?.contains("embedded") == true)
        #expect(climb("mail", in: result.output).first?.contains("no <smtp>") == true)
    }

    @Test func aServiceThatIsAwayIsUnavailable() throws {
        let port = try LoopbackPort.free()
        let site = try Site(
            services: """
                <database host="127.0.0.1" port="\(port)" user="root" name="metricsd"/>
                <smtp server="smtp://127.0.0.1:\(port)" from="metricsd@example.org"/>
                """
        )
        let result = try site.metricsd("check", "--connect")
        #expect(result.status == 69)
        #expect(climb("web-1 (", in: result.output).allSatisfy { $0.hasPrefix("  ok") })
        #expect(climb("database", in: result.output).first?.hasPrefix("  FAIL  ") == true)
        #expect(climb("mail", in: result.output).first?.hasPrefix("  FAIL  ") == true)
    }
}
