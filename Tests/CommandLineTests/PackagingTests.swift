import Foundation
import TestServers
import Testing

/// What `scripts/package` puts beside the program. That a package installs, starts and goes is shown by
/// `scripts/test-package`, which takes minutes and Debian's archive.
struct PackagingTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("packaging") }

    private static let packaging = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../packaging").standardizedFileURL.path

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Self.packaging)/\(name)", encoding: .utf8)
    }

    /// Runs systemd-analyze(1) on the unit, whose programs are those of this machine and of this build.
    private func analyze(_ arguments: String..., of unit: String? = nil) throws -> String {
        let installed = try (unit ?? text("metricsd.service"))
            .replacing("=/usr/bin/metricsd ", with: "=\(Program.path) ")
        let path = try folder.file("metricsd.service", installed)
        guard let program = TestProcess.locate("systemd-analyze") else {
            throw TestProcess.Failure(description: "systemd-analyze is not installed; apt-get install systemd")
        }
        return try SSHServer.run(program, arguments + [path])
    }

    @Test func systemdFindsNothingWrongWithTheUnit() throws {
        #expect(try analyze("verify", "--man=no") == "")
        // It would.
        let wrong = try text("metricsd.service").replacing("Restart=on-failure", with: "Restart=on-faliure")
        #expect(try analyze("verify", "--man=no", of: wrong).contains("on-faliure"))
    }

    @Test func theServiceIsExposedLittle() throws {
        // In tenths: above three of ten, it exits with a status.
        let arguments = ["security", "--offline=true", "--no-pager", "--threshold=30"]
        #expect(try analyze(arguments[0], arguments[1], arguments[2], arguments[3]).contains("Overall exposure level"))
        #expect(throws: TestProcess.Failure.self) {
            try analyze(arguments[0], arguments[1], arguments[2], arguments[3], of: "[Service]\nExecStart=/bin/true\n")
        }
    }

    /// As it is installed, only hosts are missing.
    @Test func theInstalledConfigurationWaitsForHosts() throws {
        let text = try text("server_config.xml")
        try folder.file("server_config.xml", text)
        let fresh = try Program.run(["check"], in: folder.path)
        #expect(fresh.status == 78)
        let errors = fresh.errors.lines.filter { $0.contains(": error: ") }
        #expect(errors.count == 1 && errors[0].contains("there is no host to watch"), "\(errors)")

        let examples = text.replacing(/<!-- example:\n(?<example>(?s:.)*?)-->/) { "\($0.output.example)" }
        #expect(examples != text)
        try folder.file("server_config.xml", examples)
        let configured = try Program.run(["check"], in: folder.path)
        #expect(configured.status == 0, "\(configured.errors)")
        #expect(configured.output.contains("valid, 2 hosts"))
    }

    @Test func theManualPageKnowsEveryCommand() throws {
        let page = try text("metricsd.8")
        let help = try Program.run(["--help"]).output.lines
        let start = try #require(help.firstIndex(of: "SUBCOMMANDS:"))
        // Two spaces, the name, and behind it what it does, whose further lines are indented deeper.
        let commands = help[(start + 1)...].prefix { !$0.isEmpty }
            .compactMap { $0.wholeMatch(of: #/  (\w+) .*/#)?.output.1 }
        #expect(commands.count > 3)
        for command in commands {
            #expect(page.contains(try Regex("\n\\.[A-Z]+ \(command)\\b")), "metricsd.8 does not tell of \(command)")
        }
    }
}
