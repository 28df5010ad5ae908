import Foundation
import TestServers
import Testing

/// `metricsd check`, which connects nowhere, and what every command does with the file it is given.
struct CheckTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("check") }

    private func check(_ document: String?, _ arguments: String...) throws -> Program.Outcome {
        if let document { try folder.file("server_config.xml", document) }
        return try Program.run(["check"] + arguments, in: folder.path, environment: ["SECRET": "hunter2"])
    }

    private static let smtp = "<smtp server=\"smtp://127.0.0.1:25\" from=\"metricsd@example.org\"/>"

    @Test func aValidFileIsSaidToBeValid() throws {
        let result = try check(
            """
            <metricsd password-env="SECRET" mail="ops@example.org">
              <database host="127.0.0.1" name="metricsd" user="metricsd"/>
              \(Self.smtp)
              <host name="web-1" address="192.0.2.1"/>
              <host name="web-2" address="192.0.2.2"/>
            </metricsd>
            """
        )
        #expect(result.status == 0)
        #expect(result.output == "server_config.xml: valid, 2 hosts\n")
        #expect(result.errors == "")
    }

    @Test func whatIsLeftOutIsToldOnce() throws {
        let result = try check("<metricsd password-env=\"SECRET\"><host name=\"a\" address=\"192.0.2.1\"/></metricsd>")
        #expect(result.status == 0)
        let said = result.output + result.errors
        #expect(said.components(separatedBy: "no mail will be sent").count == 2)
        #expect(said.components(separatedBy: "no <database>").count == 2)
        #expect(result.output.contains("server_config.xml: valid, 1 host\n"))
    }

    @Test func allErrorsAreToldAtOnceOnStandardError() throws {
        let result = try check(
            """
            <metricsd interval="10 parsecs">
              <host name="web-1" adress="192.0.2.1"/>
            </metricsd>
            """
        )
        #expect(result.status == 78)
        #expect(result.output == "")
        let lines = result.errors.lines
        #expect(lines.contains { $0.hasPrefix("server_config.xml:1:21: error: ") })
        #expect(lines.contains { $0.hasPrefix("server_config.xml:2:22: error: ") && $0.hasSuffix("'address'") })
        #expect(lines.last?.hasSuffix(" errors") == true)
    }

    @Test func aSecretThatOthersCanReadIsAWarning() throws {
        try folder.file(
            "server_config.xml",
            "<metricsd password=\"hunter2\">\(Self.smtp)<host name=\"a\" address=\"192.0.2.1\"/></metricsd>",
            mode: 0o644
        )
        let result = try check(nil)
        #expect(result.status == 0)
        #expect(result.errors.hasPrefix("server_config.xml:1:11: warning: "))
        #expect(result.errors.contains("chmod"))
        #expect(!(result.output + result.errors).contains("hunter2"))
    }

    @Test func aMissingFileAndADirectoryAreNamed() throws {
        let missing = try check(nil, "--config", "nowhere.xml")
        #expect(missing.status == 78)
        #expect(missing.errors.hasPrefix("nowhere.xml: error: "))
        #expect(missing.output == "")
        let directory = try check(nil, "--config", ".")
        #expect(directory.status == 78)
        #expect(directory.errors.contains("directory"))
        #expect(directory.output == "")
    }

    @Test func theFileHereIsTheDefault() throws {
        let document = "<metricsd password-env=\"SECRET\"><host name=\"here\" address=\"192.0.2.1\"/></metricsd>"
        #expect(try check(document).output.hasPrefix("server_config.xml: valid, 1 host\n"))
        // Only where this machine is not itself watched by a metricsd.
        guard !FileManager.default.fileExists(atPath: "/etc/metricsd/server_config.xml") else { return }
        let empty = try TestFolder("empty")
        for command in [["check"], ["run"], ["status"], ["poll", "here"], []] {
            let result = try Program.run(command, in: empty.path)
            #expect(result.status == 78, "\(command)")
            #expect(result.output == "")
            #expect(result.errors.contains("no server_config.xml here and no /etc/metricsd/server_config.xml"))
            #expect(result.errors.contains("--config FILE"))
        }
    }

    @Test func everyCommandRefusesAWrongFileInTheSameWay() throws {
        try folder.file("server_config.xml", "<metricsd><hots/></metricsd>")
        for command in [["run"], ["run", "--once"], ["status"], ["poll", "here"], ["check", "--connect"]] {
            let result = try Program.run(command, in: folder.path)
            #expect(result.status == 78, "\(command)")
            #expect(result.output == "")
            #expect(result.errors.contains("server_config.xml:1:11: error: "))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["server_config.xml"])
    }

    @Test(arguments: [
        ["--bogus"], ["frobnicate"], ["check", "extra"], ["poll"], ["poll", "a", "--format", "yaml"],
        ["run", "--log-level", "loud"], ["status", "--config"],
    ])
    func aUsageErrorIs64(arguments: [String]) throws {
        let result = try Program.run(arguments, in: folder.path)
        #expect(result.status == 64)
        #expect(result.output == "")
        #expect(result.errors.contains("Usage: metricsd"))
    }

    @Test func helpIsOutput() throws {
        let help = try Program.run(["--help"])
        #expect(help.status == 0)
        for command in ["run", "check", "poll", "status"] { #expect(help.output.contains("\n  \(command)")) }
        #expect(help.errors == "")
        let version = try Program.run(["--version"])
        #expect(version.output.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
    }
}
