import Foundation
import TestServers
import Testing

/// `metricsd authorize`, and what its line lets a stolen key do on a real sshd.
@Suite(.serialized)
struct AuthorizeTests {
    /// Survives sshd's quoting, the login shell and the XML: what it writes shows that it arrived as it is.
    private static let odd = #"""
        printf '%s\n' "it's \"$((40 + 2))\" \\ \$HOME `echo x` !" '"' >$FOLDER/odd; echo 7
        """#
    private static let written = "it's \"42\" \\ $HOME x !\n\"\n"

    private static func xml(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
    }

    private static let host = """
        <host name="web-1" address="127.0.0.1" port="$PORT" probe="$FOLDER/metricsd-probe">
          <command name="odd" run="\(xml(odd))"/>
          <log name="access" path="$FOLDER/access log*.log"/>
        $MORE</host>
        """

    /// A site whose key has nothing but the line.
    private func site() throws -> (site: Site, line: String) {
        let site = try Site(Self.host.replacing("$MORE", with: ""))
        try site.folder.file("access log*.log", "")
        let probe = URL(fileURLWithPath: Program.path).deletingLastPathComponent().appendingPathComponent(
            "metricsd-probe"
        )
        try FileManager.default.copyItem(atPath: probe.path, toPath: "\(site.folder.path)/metricsd-probe")
        let result = try site.metricsd("authorize", "web-1")
        try #require(result.status == 0, "\(result.errors)")
        try result.output.write(
            toFile: "\(site.sshd.folder.path)/authorized_keys",
            atomically: true,
            encoding: .utf8
        )
        return (site, result.output)
    }

    /// What a client with the key gets: its status and all that it printed.
    private func attack(_ site: Site, _ client: String, _ words: String, input: String = "/dev/null") throws -> String {
        let port = client == "sftp" ? "-P" : "-p"
        let line = """
            timeout 20 \(client) -F none -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=INFO -i \(site.sshd.keyFile) \
            -o UserKnownHostsFile=\(site.sshd.knownHostsFile) \(port) \(site.sshd.port) \(words) <\(input) 2>&1; echo status=$?
            """
        return try SSHServer.run("sh", ["-c", line])
    }

    @Test func metricsTheCommandAndTheLogWork() throws {
        let (site, line) = try site()
        #expect(
            line.hasPrefix("restrict,command=\"\(site.folder.path)/metricsd-probe --serve --restricted --command '")
        )
        #expect(line.contains(" ssh-ed25519 AAAA") && line.hasSuffix("\n") && line.lines.count == 1)
        let publicKey = try String(contentsOfFile: "\(site.sshd.keyFile).pub", encoding: .utf8).split(separator: " ")[1]
        #expect(line.contains(publicKey))
        let poll = try site.metricsd("poll", "web-1", "--format", "prometheus")
        #expect(poll.status == 0 && poll.errors == "")
        #expect(poll.output.contains("uptime_seconds{") && poll.output.contains("\nodd{host=\"web-1\"} 7.0\n"))
        #expect(try String(contentsOfFile: "\(site.folder.path)/odd", encoding: .utf8) == Self.written)
        let check = try site.metricsd("check", "--connect")
        #expect(check.output.contains("access: \(site.folder.path)/access log*.log, 0 bytes"), "\(check.output)")
        #expect(!check.output.contains("upload"))
        // Nothing was placed.
        #expect(!FileManager.default.fileExists(atPath: "\(site.folder.path)/probe"))
    }

    @Test func aStolenKeyGivesNothingElse() throws {
        let (site, _) = try site()
        let (user, owned) = ("\(site.sshd.user)@127.0.0.1", "\(site.folder.path)/owned")
        let script = try site.folder.file("script", "touch \(owned)\nput \(site.sshd.keyFile) \(owned)\n")

        // A shell, another command, another list for the probe.
        let probe = "\(site.folder.path)/metricsd-probe"
        for words in [
            user, "\(user) 'touch \(owned)'", "\(user) 'sh -c \"touch \(owned)\"'", "\(user) '\(probe) --serve'",
            "\(user) '\(probe) --serve --restricted --command \"touch \(owned)\"'",
        ] {
            // It is the probe that gets the script, and takes it for what it is not.
            let answer = try attack(site, "ssh", "-T \(words)", input: script)
            #expect(answer.contains("metricsd-probe: ") && answer.contains("status=3"), "\(words): \(answer)")
            // Without one it ends, having said at most that it is there.
            let silence = try attack(site, "ssh", "-T \(words)")
            #expect(silence.replacing("\n\u{1}metricsd-probe/1 ready\n", with: "") == "status=0\n", "\(silence)")
        }
        #expect(try !attack(site, "ssh", "-s \(user) shell").contains("status=0"))
        // A terminal.
        #expect(try attack(site, "ssh", "-tt \(user) 'touch \(owned)'").contains("PTY allocation request failed"))
        // Files.
        #expect(try !attack(site, "sftp", "-b \(script) \(user)").contains("status=0"))
        #expect(try !attack(site, "ssh", "-s \(user) sftp", input: script).contains("SSH_FXP"))
        // Forwarding, to the outside and back in.
        #expect(
            try attack(site, "ssh", "-W 127.0.0.1:\(site.sshd.port) \(user)").contains("administratively prohibited")
        )
        let back = try attack(site, "ssh", "-N -o ExitOnForwardFailure=yes -R 0:127.0.0.1:1 \(user)")
        #expect(back.contains("remote port forwarding failed") && !back.contains("status=0"), "\(back)")
        #expect(!FileManager.default.fileExists(atPath: owned))
        // The key still does what it is for.
        #expect(try site.metricsd("poll", "web-1").status == 0)
    }

    @Test func whatTheLineDoesNotListIsToldWithTheMend() throws {
        let (site, _) = try site()
        let more = """
            <command name="new" run="touch $FOLDER/owned; echo 1"/>
            <log name="other" path="$FOLDER/other.log"/>
            """
        try site.folder.file("other.log", "")
        try site.write(
            Self.host.replacing("$MORE", with: more),
            attributes: "metrics=\"uptime_seconds\" timeout=\"20s\"",
            services: ""
        )
        let poll = try site.metricsd("poll", "web-1")
        #expect(poll.status == 0)
        let mend = "run `metricsd authorize HOST` again and replace its line in authorized_keys"
        #expect(poll.output.lines.contains { $0.hasPrefix("no value of new: the key ") && $0.hasSuffix(mend) })
        let check = try site.metricsd("check", "--connect")
        let failure = check.output.lines.first { $0.hasPrefix("  FAIL  log other: ") } ?? check.output
        #expect(failure.contains("does not allow to read \(site.folder.path)/other.log") && failure.contains(mend))
        #expect(!FileManager.default.fileExists(atPath: "\(site.folder.path)/owned"))

        // A running metricsd says it once, and its row has it.
        let program = try site.start("run")
        try program.wait(seconds: 60, "row of the command") {
            try site.rows("SELECT DISTINCT output FROM command_outputs WHERE command = 'new'").contains {
                $0.contains(mend)
            }
        }
        #expect(program.errors.lines.count { $0.contains("web-1: command new: the key ") && $0.contains(mend) } == 1)
    }

    @Test func itSaysWhereEverythingBelongs() throws {
        let (site, _) = try site()
        let result = try site.metricsd("authorize", "web-1")
        #expect(result.errors.lines.allSatisfy { $0.hasPrefix("web-1: ") })
        for words in [
            ".ssh/authorized_keys of \(site.sshd.user)", "127.0.0.1:\(site.sshd.port)",
            "the commands odd; the logs access",
            "\(site.folder.path)/metricsd-probe there", "here for x86_64", "ssh -p \(site.sshd.port) root@",
            "install -D -m 755",
        ] {
            #expect(result.errors.contains(words), "\(words)")
        }
        // Once it has seen the host, it names the one file.
        #expect(try site.metricsd("run", "--once").status == 0)
        let later = try site.metricsd("authorize", "web-1").errors
        #expect(later.contains("metricsd-probe") && !later.contains("FILE"), "\(later)")
    }

    @Test(arguments: [["-t", "ecdsa"], ["-t", "rsa", "-b", "2048"], ["-t", "ed25519", "-a", "2"]])
    func theKeyIsThatOfTheConfiguration(arguments: [String]) throws {
        let site = try Site()
        let key = try site.sshd.makeKey("locked", arguments, passphrase: "hunter2 is it")
        let publicKey = try String(contentsOfFile: "\(key).pub", encoding: .utf8).split(separator: " ").prefix(2)
        try FileManager.default.removeItem(atPath: "\(key).pub")
        let host =
            "<host name=\"web-1\" address=\"127.0.0.1\" probe=\"/usr/lib/metricsd/metricsd-probe\" key=\"\(key)\""
        try site.folder.file("passphrase", "hunter2 is it\n")
        try site.write("\(host) passphrase-file=\"passphrase\"/>", attributes: "", services: "")
        let result = try site.metricsd("authorize", "web-1")
        #expect(result.status == 0)
        #expect(
            result.output.hasPrefix(
                "restrict,command=\"/usr/lib/metricsd/metricsd-probe --serve --restricted\" "
                    + "\(publicKey.joined(separator: " ")) metricsd@"
            )
        )
        #expect(!result.output.contains("PRIVATE") && !result.errors.contains("hunter2"))
        try site.write("\(host)/>", attributes: "", services: "")
        let locked = try site.metricsd("authorize", "web-1")
        #expect(locked.status == 69 && locked.output == "")
        #expect(locked.errors.contains("locked and no passphrase is configured"))
    }

    @Test func whatCannotBeAuthorizedIsExplained() throws {
        let site = try Site()
        let plain = try site.metricsd("authorize", "web-1")
        #expect(
            plain.status == 78 && plain.errors.contains("add probe=\"/usr/lib/metricsd/metricsd-probe\" to its <host>")
        )
        let unknown = try site.metricsd("authorize", "web-l")
        #expect(unknown.status == 64 && unknown.errors.contains("did you mean web-1"))
        let host = "<host name=\"web-1\" address=\"127.0.0.1\" probe=\"/p\">"
        try site.write(
            "\(host)<command name=\"two\" run=\"echo 1&#10;echo 2\"/></host>",
            attributes: "",
            services: ""
        )
        let lines = try site.metricsd("authorize", "web-1")
        #expect(lines.status == 78 && lines.output == "")
        #expect(lines.errors.contains("the command two has a line end"))
        try site.folder.file(
            "agent.xml",
            """
            <metricsd user="u" agent="yes" known-hosts="k"><state directory="state"/>\(host)</host></metricsd>
            """
        )
        let agent = try site.metricsd(
            "authorize",
            "web-1",
            "--config",
            "agent.xml",
            environment: ["HOME": "/nonexistent"]
        )
        #expect(agent.status == 78)
        #expect(
            agent.errors.contains("`ssh-add -L`")
                && agent.errors.contains("restrict,command=\"/p --serve --restricted\"")
        )
    }

    @Test func installedProbesThatDoNotRunAreExplained() throws {
        let names = ["missing", "forbidden", "older", "none"]
        let hosts = names.map { "<host name=\"\($0)\" address=\"127.0.0.1\" port=\"$PORT\" probe=\"$FOLDER/\($0)\"/>" }
        let site = try Site(hosts.joined(separator: "\n"))
        try site.folder.file("forbidden", "")
        try site.folder.file("older", "#!/bin/sh\nprintf '\\n\\001metricsd-probe/0 ready\\n'; sleep 5\n", mode: 0o755)
        try site.folder.file("none", "#!/bin/sh\nexit 64\n", mode: 0o755)
        let words = [
            "missing is not there: install the probe", "give it mode 755", "the probe speaks version 0 of the protocol",
            "run `metricsd authorize none` again",
        ]
        for (name, words) in zip(names, words) {
            let result = try site.metricsd("poll", name)
            #expect(result.status == 69)
            #expect(
                result.errors.contains("\(name): starting the probe: ") && result.errors.contains(words),
                "\(result.errors)"
            )
        }
    }

    @Test func aRestrictedKeyWithoutTheAttributeIsRecognised() throws {
        let (site, _) = try site()
        try site.write(
            "<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>",
            attributes: "metrics=\"uptime_seconds\"",
            services: ""
        )
        let result = try site.metricsd("poll", "web-1")
        #expect(
            result.status == 69 && result.errors.contains("Add probe=\"PATH\" to <host name=\"web-1\">"),
            "\(result.errors)"
        )
    }
}
