import Foundation
import TestServers
import Testing

/// `metricsd status`, read from the journal.
struct StatusTests {
    @Test func beforeTheFirstRunItSaysSo() throws {
        let site = try Site()
        let result = try site.metricsd("status")
        #expect(result.status == 69)
        #expect(result.output == "")
        #expect(result.errors.contains("never run") || result.errors.contains("there is no journal"))
        #expect(result.errors.contains("`metricsd run`"))
        // Asking creates nothing.
        #expect(!FileManager.default.fileExists(atPath: "\(site.folder.path)/state"))
    }

    /// Somebody saves a broken file, and at night the running metricsd is to be looked at and silenced all the same.
    @Test func aBrokenFileKeepsNobodyFromLookingAndSilencing() throws {
        let site = try Site()
        let early = "<metricsd intervall=\"1s\"><state directory=\"state\"/><host name=\"web-1\"/></metricsd>"
        let good = try String(contentsOfFile: site.configuration, encoding: .utf8)
        try site.folder.file("server_config.xml", early)
        let never = try site.metricsd("status")
        #expect(never.status == 78 && never.output == "" && never.errors.contains("intervall"))
        try site.folder.file("server_config.xml", good)
        let program = try site.start("run")
        try program.wait("connection") { program.errors.contains("web-1: connected") }
        try site.folder.file("server_config.xml", early)
        let status = try site.metricsd("status")
        #expect(
            status.status == 0 && status.errors.contains("intervall") && status.errors.contains("going by the journal")
        )
        #expect(status.output.contains("metricsd runs (pid") && status.output.contains(/web-1 +up/))
        let silence = try site.metricsd("silence", "web-1", "--for", "1h", "--reason", "night")
        #expect(silence.status == 0 && silence.output.hasPrefix("silence 1: "), "\(silence.errors)")
        #expect(try site.metricsd("silence", "wbe-1", "--for", "1h", "--reason", "x").status == 64)
        #expect(try site.metricsd("silence", "--list").output.contains("night"))
        #expect(try site.metricsd("silence", "--end", "1").status == 0)
        // What connects to hosts needs the file.
        #expect(try site.metricsd("poll", "web-1").status == 78)
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    @Test func hostsAlertsBacklogAndRefusedMails() throws {
        var options = SMTPServer.Options()
        options.refuse = ["RCPT": "550 5.1.1 no such user"]
        let smtp = try SMTPServer(options)
        let closed = try LoopbackPort.free()
        let site = try Site(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <alert type="uptime_seconds" above="0" severity="critical"/>
              <alert type="disk_used_percent" above="-1"/>
            </host>
            <host name="gone" address="127.0.0.1" port="\(closed)"/>
            """,
            attributes:
                "interval=\"1s\" timeout=\"20s\" metrics=\"cpu_percent mem_percent\" mail=\"nobody@example.org\"",
            services: """
                <smtp server="smtp://127.0.0.1:\(smtp.port)" from="metricsd@example.org"/>
                <database host="127.0.0.1" port="\(closed)" user="root" name="metricsd"/>
                """
        )
        let program = try site.start("run")
        var result = try site.metricsd("status")
        // Alerts wait ten seconds for others before a mail is made of them.
        try program.wait(seconds: 40, "refused mail in status") {
            result = try site.metricsd("status")
            return result.output.contains("1 refused for good")
        }
        #expect(result.status == 0)
        #expect(result.errors == "")
        let lines = result.output.lines
        #expect(lines[0] == "metricsd runs (pid \(program.processIdentifier))")
        #expect(lines.contains { $0.contains(#/^web-1 +up +\d+ s +\d+\.\d% +\d+\.\d% +\d+\.\d%/#) }, "\(result.output)")
        #expect(lines.contains { $0.contains(#/^gone +unreachable +never +- +- +-  connecting to 127.0.0.1:/#) })
        let alerts = lines.drop { $0 != "open alerts" }
        #expect(alerts.contains { $0.contains(#/^  web-1 +uptime_seconds +\d.* +critical +since \d+ s/#) })
        #expect(alerts.contains { $0.contains(#/^  web-1 +disk_used_percent +\/\S* +\d.* +warning +since /#) })
        #expect(
            lines.contains {
                $0.contains(#/^waiting for the database: \d+ groups, \d+\.?\d* [KM]iB, the oldest for [^:]+: database/#)
                    && $0.contains("127.0.0.1:\(closed)")
            },
            "\(result.output)"
        )
        #expect(lines.contains { $0.hasPrefix("mail: 0 waiting, 1 refused for good: ") && $0.contains("550") })
        #expect(lines.contains { $0.hasPrefix("  refused: [metricsd] ") && $0.hasSuffix("(nobody@example.org)") })
        #expect(!result.output.contains("\u{1b}"))

        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
        let after = try site.metricsd("status")
        #expect(after.status == 0)
        #expect(after.output.hasPrefix("metricsd does not run; what follows is from its last run\n"))
        #expect(after.output.contains("uptime_seconds"))
    }
}
