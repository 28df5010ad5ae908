import Probe
import Testing
import Wire

struct ProbeCommandLineTests {
    @Test func optionsAreRead() throws {
        #expect(try ProbeCommandLine(["--serve"]).action == .serve)
        #expect(try ProbeCommandLine(["--print"]).action == .print([]))
        #expect(try ProbeCommandLine(["--print", "load1", "cores"]).action == .print(["load1", "cores"]))
        #expect(try ProbeCommandLine(["--root", "/host", "--print"]).root == "/host")
        #expect(try ProbeCommandLine(["--version"]).action == .version)
    }

    @Test func aRestrictedProbeHasOnlyWhatIsListed() throws {
        #expect(try ProbeCommandLine(["--serve"]).permissions == .all)
        let bare = try ProbeCommandLine(["--serve", "--restricted"]).permissions
        #expect(bare == Permissions(listed: .init()))
        let arguments = ["--serve", "--restricted", "--command", "df -h", "--log", "/var/log/x*", "--command", "--log"]
        let line = try ProbeCommandLine(arguments)
        #expect(line.action == .serve)
        #expect(line.permissions == Permissions(listed: .init(commands: ["df -h", "--log"], logs: ["/var/log/x*"])))
    }

    /// Whatever is wrong with a line in authorized_keys, it is never a probe that allows everything.
    @Test(arguments: [
        ["--serve", "--command", "df"], ["--serve", "--log", "/x"], ["--serve", "--restricted", "--command"],
        ["--serve", "--restricted", "--log"], ["--restricted", "--print"], ["--restricted"],
        ["--serve", "--restricted", "df"],
    ])
    func aDamagedRestrictionIsRefused(arguments: [String]) {
        #expect(throws: ProbeCommandLine.UsageError.self) { try ProbeCommandLine(arguments) }
    }

    @Test(arguments: [[], ["--fast"], ["--serve", "--version"], ["--root"], ["--root", "/host"], ["print"]])
    func whatIsNoCommandLineIsRefused(arguments: [String]) {
        #expect(throws: ProbeCommandLine.UsageError.self) { try ProbeCommandLine(arguments) }
    }

    @Test(arguments: ProbeExecutable.probes)
    func theVersionIsPrinted(executable: ProbeExecutable) throws {
        let run = try ProgramRun(executable.command() + ["--version"])
        #expect(run.standardOutput == "metricsd-probe \(Release.version)\n")
        #expect(run.status == 0)
    }

    @Test func aUsageErrorExitsWith64() throws {
        for arguments in [[], ["--nonsense"], ["--print", "no_such_metric"]] {
            let run = try ProgramRun(ProbeExecutable.native.command() + arguments)
            #expect(run.status == 64)
            #expect(run.standardOutput.isEmpty)
            #expect(run.standardError.contains("usage: metricsd-probe"))
        }
    }

    @Test(arguments: ProbeExecutable.probes)
    func printedValuesAreThePrometheusFormat(executable: ProbeExecutable) throws {
        let run = try ProgramRun(executable.command() + ["--print", "uptime_seconds", "cores"])
        #expect(run.status == 0)
        #expect(run.standardError.isEmpty)
        let lines = run.standardOutput.split(separator: "\n")
        #expect(lines.first?.hasPrefix("# HELP uptime_seconds ") == true)
        #expect(lines.dropFirst().first == "# TYPE uptime_seconds gauge")
        let uptime = lines.first { $0.hasPrefix("uptime_seconds ") }?.split(separator: " ").last
        #expect(uptime.flatMap { Double($0) }.map { $0 > 0 } == true)
        #expect(lines.contains { $0.hasPrefix("cpu_percent{instance=\"cpu0\"} ") })
    }

    @Test func failuresArePrintedToStandardError() throws {
        let run = try ProgramRun(ProbeExecutable.rehearsal.command() + ["--print", "steady", "failing", "silent"])
        #expect(run.status == 0)
        #expect(
            run.standardError.split(separator: "\n").sorted() == [
                "metricsd-probe: failing: no such sensor",
                "metricsd-probe: silent: its process ended without an answer",
            ]
        )
        #expect(
            run.standardOutput == #"""
                # HELP steady A "value" of \\ the rehearsal.
                # TYPE steady gauge
                steady 1.5
                steady{instance="a\"b\\c\nd"} 2
                # HELP failing A "value" of \\ the rehearsal.
                # TYPE failing gauge
                failing 5

                """#
        )
    }
}
