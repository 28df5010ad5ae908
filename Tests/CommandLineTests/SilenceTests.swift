import Foundation
import TestServers
import Testing

/// `metricsd silence`, beside a metricsd that runs and alone.
struct SilenceTests {
    private func site(_ smtp: SMTPServer) throws -> Site {
        let site = try Site(
            """
            <command name="queue_depth" run="cat $FOLDER/depth" interval="1s"/>
            <alert type="queue_depth" above="10"/>
            <host name="web-1" address="127.0.0.1" port="$PORT"/>
            <host name="web-2" address="127.0.0.1" port="$PORT"/>
            """,
            attributes: "interval=\"1s\" timeout=\"20s\" metrics=\"uptime_seconds\" mail=\"ops@example.org\"",
            services: """
                <smtp server="smtp://127.0.0.1:\(smtp.port)" from="metricsd@example.org"/>
                <database host="127.0.0.1" port="\(try LoopbackPort.free())" user="root" name="metricsd"/>
                """
        )
        try site.folder.file("depth", "1\n")
        return site
    }

    /// At its end metricsd sends what there is to send, without waiting for company.
    private func end(_ program: Program) throws {
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    @Test func noMailComesUntilItIsEnded() throws {
        let smtp = try SMTPServer()
        let site = try site(smtp)
        var program = try site.start("run")
        try program.wait("connections") {
            program.errors.contains("web-1: connected") && program.errors.contains("web-2: connected")
        }
        let silenced = try site.metricsd("silence", "web-1", "--for", "2h", "--reason", "kernel update")
        #expect(silenced.status == 0, "\(silenced.errors)")
        #expect(silenced.output.hasPrefix("silence 1: nobody is told of any alert of web-1 until 20"))
        #expect(
            silenced.output.hasSuffix("(2 h). What still fires then is told then. Sooner: metricsd silence --end 1\n")
        )
        #expect(silenced.errors == "")
        try program.wait("obedience") { program.errors.contains("silence 1: nobody is told of any alert of web-1") }

        try site.folder.file("depth", "42\n")
        var status = ""
        try program.wait("both alerts") {
            status = try site.metricsd("status").output
            return status.lines.count { $0.contains("queue_depth") && $0.contains("42") } == 2
        }
        #expect(
            status.lines.contains {
                $0.contains(#/^1 +web-1 +all +20\d\d-.* UTC +(2 h|1 h 59 min).* +kernel update \(.+\)$/#)
            },
            "\(status)"
        )
        let alerts = status.lines.filter { $0.contains("queue_depth") && $0.contains("since") }
        #expect(alerts.filter { $0.contains("nobody is told: silenced by ") }.map { $0.contains("web-1") } == [true])
        try end(program)
        #expect(
            try smtp.received(atLeast: 1).map(\.message.subject) == ["[metricsd] ALERT web-2 queue_depth 42 (above 10)"]
        )

        program = try site.start("run")
        try program.wait("connection") { program.errors.contains("web-1: connected") }
        #expect(try site.metricsd("silence", "--list").output.lines.count == 2)
        _ = try site.metricsd("silence", "web-*", "--for", "1h", "--reason", "both")
        let still = try site.metricsd("silence", "--end", "2").output
        #expect(still == "silence 2 is over; what still fires is told now, except for what is still silenced by 1\n")
        let ended = try site.metricsd("silence", "--end", "1")
        #expect(ended.output == "silence 1 is over; what still fires is told now\n", "\(ended.errors)")
        try program.wait("obedience") { program.errors.contains("Nobody was told until now: silenced by") }
        #expect(try !site.metricsd("status").output.contains("nobody is told"))
        try end(program)
        let mails = try smtp.received(atLeast: 2)
        #expect(mails.map(\.message.subject).last == "[metricsd] ALERT web-1 queue_depth 42 (above 10)")
        #expect(try site.metricsd("silence", "--list").output == "nothing is silenced\n")
        let again = try site.metricsd("silence", "--end", "1")
        #expect(again.status == 64)
        #expect(again.errors.contains("silence 1 is over already, since 20"))
    }

    @Test func whatCannotBeMeantIsRefused() throws {
        let site = try Site()
        func refusal(_ arguments: String...) throws -> String {
            let outcome = try Program.run(["silence"] + arguments, in: site.folder.path, environment: [:], seconds: 60)
            #expect(outcome.status == 64, "\(arguments): \(outcome.output)\(outcome.errors)")
            #expect(outcome.output == "")
            return outcome.errors
        }
        #expect(try refusal("web1", "--for", "2h", "--reason", "x").contains("there is no host 'web1'"))
        #expect(try refusal("web1", "--for", "2h", "--reason", "x").contains("did you mean 'web-1'?"))
        #expect(
            try refusal("db-*", "--for", "2h", "--reason", "x").contains("no host of server_config.xml matches 'db-*'")
        )
        let type = try refusal("web-1", "--type", "cpu_percnt", "--for", "2h", "--reason", "x")
        #expect(type.contains("alerts have no type 'cpu_percnt'") && type.contains("did you mean 'cpu_percent'?"))
        for text in ["2", "0s", "500ms", "2 h", "1h30m", "99999999999999999999d", ""] {
            #expect(try refusal("web-1", "--for", text, "--reason", "x").contains("in --for is no duration"), "\(text)")
        }
        #expect(try refusal("web-1", "--for=-2h", "--reason", "x").contains("in --for is no duration"))
        #expect(try refusal("web-1", "--for", "367d", "--reason", "x").contains("ends within 366 days"))
        #expect(try refusal("web-1", "--until", "2020-01-01 00:00", "--reason", "x").contains("is over"))
        #expect(try refusal("web-1", "--until", "soon", "--reason", "x").contains("in --until is no time"))
        #expect(try refusal("web-1", "--for", "2h", "--reason", " ").contains("the reason must not be empty"))
        #expect(try refusal("web-1", "--for", "2h").contains("say why"))
        #expect(try refusal("web-1", "--reason", "x").contains("say how long"))
        #expect(try refusal("--list", "--end", "1").contains("stand alone"))
        // Nothing was created, and before the first run there is nothing to put it into.
        #expect(!FileManager.default.fileExists(atPath: "\(site.folder.path)/state"))
        let early = try site.metricsd("silence", "web-1", "--for", "2h", "--reason", "x")
        #expect(early.status == 69)
        #expect(early.errors.contains("`metricsd run` creates it"))
    }
}
