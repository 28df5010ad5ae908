import Foundation
import TestServers
import Testing

/// How `metricsd run` ends, and who may run beside it.
struct EndingTests {
    /// Promised are five seconds; a little of the sixth is the test's own way of looking.
    private static let limit = Duration.milliseconds(5_300)

    private func end(_ program: Program, with signal: Int32) throws -> (Program.Outcome, took: Duration) {
        let begin = ContinuousClock.now
        program.signal(signal)
        let outcome = try program.outcome()
        return (outcome, ContinuousClock.now - begin)
    }

    private func expectNothingLeft(of site: Site) {
        let end = ContinuousClock.now + .seconds(2)
        // sshd ends the session, and with it the probe, a moment after the connection.
        while !(site.processes().isEmpty && site.sshd.connectionProcesses().isEmpty), ContinuousClock.now < end {
            usleep(20_000)
        }
        #expect(site.processes() == [])
        #expect(site.sshd.connectionProcesses() == [])
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalEndsItWithItsDatabaseAndItsProbes(signal: Int32) throws {
        let site = try Site(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <command name="long" run="sleep 1000" timeout="10m"/>
            </host>
            """
        )
        let program = try site.start("run")
        try program.wait(seconds: 60, "row") { try site.rows("SELECT 1 FROM metric_values LIMIT 1") == ["1"] }
        #expect(site.processes().contains { $0.contains("mariadbd") })
        #expect(site.processes().contains { $0.contains("metricsd-probe") })
        let (outcome, took) = try end(program, with: signal)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(took < Self.limit)
        #expect(outcome.output == "")
        #expect(outcome.errors.lines.last?.hasSuffix(" info ended") == true)
        #expect(outcome.errors.contains("embedded") || outcome.errors.contains("database: connected"))
        #expect(!outcome.errors.contains("\u{1b}"))
        expectNothingLeft(of: site)
    }

    @Test func hostsThatHangDoNotHoldItUp() throws {
        let silent = try SilentListener()
        let site = try Site(
            """
            <host name="silent" address="127.0.0.1" port="\(silent.port)"/>
            <host name="web-1" address="127.0.0.1" port="$PORT"/>
            """,
            attributes: "interval=\"1s\" timeout=\"2m\" metrics=\"uptime_seconds\"",
            services: "<database host=\"127.0.0.1\" port=\"\(silent.port)\" user=\"root\" name=\"metricsd\"/>"
        )
        let program = try site.start("run", "--log-level", "debug")
        try program.wait("connection") { program.errors.contains("web-1: connected") }
        // Established sessions hang, too: their processes do not answer any more.
        let sessions = site.sshd.connectionProcesses()
        for process in sessions { kill(process, SIGSTOP) }
        defer { for process in sessions { kill(process, SIGCONT) } }
        // The silent host and the database are waited for, and each session's next poll is asked for ahead.
        try silent.awaitConnections(2)
        let (outcome, took) = try end(program, with: SIGTERM)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(took < Self.limit, "\(outcome.errors)")
        #expect(outcome.errors.contains("wait in the journal for the database"))
        for process in sessions { kill(process, SIGCONT) }
        expectNothingLeft(of: site)
    }

    @Test func aSignalDuringTheFirstStartOfItsDatabaseEndsItToo() throws {
        let site = try Site()
        let program = try site.start("run")
        try program.wait("first start of the database") {
            FileManager.default.fileExists(atPath: "\(site.folder.path)/state/mariadb")
        }
        let (outcome, took) = try end(program, with: SIGTERM)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(took < Self.limit, "\(outcome.errors)")
        expectNothingLeft(of: site)
        // And what was begun does not stand in the way of the next start.
        let next = try site.start("run")
        try next.wait(seconds: 60, "row") { try site.rows("SELECT 1 FROM metric_values LIMIT 1") == ["1"] }
    }

    @Test func aSecondOneOnTheSameStateDirectoryIsRefused() throws {
        let database = try LoopbackPort.free()
        let site = try Site(
            services: "<database host=\"127.0.0.1\" port=\"\(database)\" user=\"root\" name=\"metricsd\"/>"
        )
        let first = try site.start("run")
        try first.wait("start") { first.errors.contains("started") }
        for arguments in [["run"], ["run", "--once"]] {
            let second = try Program.run(arguments, in: site.folder.path)
            #expect(second.status == 75)
            #expect(second.output == "")
            #expect(second.errors.contains("held by another metricsd (pid \(first.processIdentifier))"))
            #expect(second.errors.contains("Stop that one, or give this one its own <state directory>."))
        }
        #expect(!first.hasEnded)
    }

    @Test func theLogIsLinesOfTheWantedLevelOnStandardError() throws {
        let site = try Site(
            "<host name=\"gone\" address=\"127.0.0.1\" port=\"1\"/>",
            services: "<database host=\"127.0.0.1\" port=\"1\" user=\"root\" name=\"metricsd\"/>"
        )
        let program = try site.start("run", "--log-level", "warning", environment: ["TERM": "xterm-256color"])
        try program.wait("failures") {
            program.errors.contains(" warning gone: ") && program.errors.contains(" error database")
        }
        let (outcome, _) = try end(program, with: SIGTERM)
        #expect(outcome.status == 0)
        #expect(outcome.output == "")
        let log = outcome.errors.lines.filter { !$0.hasPrefix("server_config.xml:") }
        #expect(log.allSatisfy { $0.contains(#/^20\S+Z (warning|error|critical) /#) }, "\(outcome.errors)")
        #expect(log.contains { $0.hasSuffix(" host=gone") })
        #expect(!outcome.errors.contains("\u{1b}"))
    }
}
