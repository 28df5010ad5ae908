import Foundation
import TestServers
import Testing

/// `metricsd run --once`: every host polled, everything stored and mailed, then the end.
struct RunOnceTests {
    @Test func storesAnAnswerOfEveryHostAndMails() throws {
        let database = try MariaDBServer()
        let smtp = try SMTPServer()
        let services = """
            <database socket="\(database.socket)" user="root" name="metricsd"/>
            <smtp server="smtp://127.0.0.1:\(smtp.port)" from="metricsd@example.org"/>
            """
        let attributes = "metrics=\"uptime_seconds\" mail=\"ops@example.org\""
        let good = """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <alert type="uptime_seconds" above="0"/>
            </host>
            """
        let site = try Site(good, attributes: attributes, services: services)
        func rows(_ sql: String) throws -> [String] {
            try database.client(["--skip-column-names", "metricsd"], input: sql).lines
        }

        let result = try site.metricsd("run", "--once")
        try #require(result.status == 0, "\(result.errors)")
        #expect(result.output == "")
        #expect(result.errors.lines.allSatisfy { $0.hasPrefix("20") }, "log lines only: \(result.errors)")
        #expect(try rows("SELECT host, metric, value > 0 FROM metric_values") == ["web-1\tuptime_seconds\t1"])
        #expect(try smtp.received().map(\.envelope.to) == [["ops@example.org"]])
        #expect(site.processes().isEmpty)

        // A host that fails does not keep the others' rows away, and shows in the exit status.
        try site.write(
            good + "<host name=\"gone\" address=\"127.0.0.1\" port=\"1\"/>",
            attributes: attributes,
            services: services
        )
        let second = try site.metricsd("run", "--once")
        #expect(second.status == 69)
        #expect(second.output == "")
        #expect(second.errors.contains(" warning gone: connecting to 127.0.0.1:1: connection refused"))
        #expect(try rows("SELECT COUNT(*) FROM metric_values WHERE host = 'web-1'") == ["2"])
        #expect(try rows("SELECT name, state FROM hosts ORDER BY name") == ["gone\tunreachable", "web-1\tup"])
        #expect(try smtp.received().count == 1)
    }

    @Test func aDatabaseThatRefusesIsNotWaitedFor() throws {
        let database = try MariaDBServer()
        let site = try Site(
            services: "<database socket=\"\(database.socket)\" user=\"nobody\" password=\"wrong\" name=\"metricsd\"/>"
        )
        let begin = ContinuousClock.now
        let result = try site.metricsd("run", "--once")
        #expect(result.status == 69)
        #expect(ContinuousClock.now - begin < .seconds(20))
        #expect(result.errors.contains("Check user and password of <database>"))
        #expect(result.errors.contains("not in the database yet; the next run stores them"))
        #expect(!(result.errors).contains("wrong"))
    }

    @Test func aSignalEndsItToo() throws {
        let silent = try SilentListener()
        let site = try Site("<host name=\"silent\" address=\"127.0.0.1\" port=\"\(silent.port)\" timeout=\"1m\"/>")
        let program = try site.start("run", "--once")
        try program.wait("journal") {
            FileManager.default.fileExists(atPath: "\(site.folder.path)/state/journal.sqlite")
        }
        // From now on it waits for a greeting.
        try silent.awaitConnections(1)
        let begin = ContinuousClock.now
        program.signal(SIGINT)
        let result = try program.outcome()
        #expect(ContinuousClock.now - begin < .seconds(6))
        #expect(result.status == 69)
    }
}
