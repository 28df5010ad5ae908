import Foundation
import Journal
import TestServers
import Testing
import Wire

@testable import Monitor

/// From a real host to rows that a user queries.
@Suite(.serialized)
struct RowsTests {
    @Test func everyHostGetsExactlyTheRowsItIsConfiguredFor() throws {
        var options = SSHServer.Options()
        options.listenAddresses = ["127.0.0.1", "127.0.0.2"]
        let fleet = try Fleet(
            """
            <host name="A" address="127.0.0.1" port="$PORT" metrics="uptime_seconds cpu_percent"/>
            <host name="B" address="127.0.0.2" port="$PORT" metrics="mem_percent cpu_percent"/>
            """,
            sshd: options
        )
        try fleet.start()
        try fleet.rows("SELECT host FROM metric_values GROUP BY host, metric HAVING COUNT(*) >= 3") { $0.count == 4 }
        fleet.stop()
        #expect(
            try fleet.rows("SELECT DISTINCT host, metric, instance FROM metric_values ORDER BY host, metric") == [
                "A\tcpu_percent\t", "A\tuptime_seconds\t", "B\tcpu_percent\t", "B\tmem_percent\t",
            ]
        )
        #expect(
            try fleet.rows("SELECT name, state, last_error IS NULL OR last_error = '' FROM hosts ORDER BY name") == [
                "A\tup\t1", "B\tup\t1",
            ]
        )
        let uptime = try #require(
            Double(
                try fleet.rows(
                    "SELECT value FROM latest_metric_values WHERE metric = 'uptime_seconds'"
                )[0]
            )
        )
        let real = try #require(
            Double(
                String(contentsOfFile: "/proc/uptime", encoding: .utf8).split(separator: " ")[0]
            )
        )
        #expect(uptime > real - 60 && uptime <= real)
        #expect(try fleet.rows("SELECT unit FROM metrics WHERE name = 'cpu_percent'") == ["percent"])
    }

    @Test func aCommandsValuePerformanceDataAndTextAreKept() throws {
        let fleet = try Fleet(
            """
            <host name="A" address="127.0.0.1" port="$PORT">
              <command name="queue_depth" run="echo 'QUEUE OK - 17 messages | mails=17;;;; age=2s'; exit 1" interval="1s"/>
              <command name="broken" run="echo 99; kill -9 $$" interval="1s"/>
            </host>
            """
        )
        try fleet.start()
        try fleet.rows("SELECT COUNT(*) FROM command_outputs") { $0.first.flatMap { Int($0) } ?? 0 >= 4 }
        fleet.stop()
        #expect(
            try fleet.rows(
                "SELECT DISTINCT instance, value FROM metric_values WHERE metric = 'queue_depth' ORDER BY instance"
            ) == [
                "\t17", "age\t2", "mails\t17",
            ]
        )
        #expect(try fleet.rows("SELECT COUNT(*) FROM metric_values WHERE metric = 'broken'") == ["0"])
        let text = try fleet.rows("SELECT * FROM command_outputs LIMIT 1")
        #expect(text[0].contains("QUEUE OK - 17 messages") || text[0].contains("99"))
    }

    @Test func withoutTheDatabaseEverythingWaitsAndArrivesInOrder() throws {
        let link = try TestFolder("socket")
        let fleet = try Fleet(
            "<host name=\"A\" address=\"127.0.0.1\" port=\"$PORT\" interval=\"200ms\"/>",
            databaseSocket: "\(link.path)/db.sock"
        )
        try fleet.start()
        try fleet.wait("polls without a database") {
            fleet.status(of: "A")?.state == .up && !fleet.log.lines(with: "error", "kept in the journal").isEmpty
        }
        // For `metricsd status`, which asks the journal only.
        let journal = try Journal(readingAt: "\(fleet.folder.path)/state/\(Journal.fileName)")
        #expect(try journal.metadata(.databaseTrouble)?.contains("\(link.path)/db.sock") == true)
        let before = try #require(fleet.status(of: "A")?.lastSeen)
        try fleet.wait("further polls") {
            fleet.status(of: "A")?.lastSeen ?? before > .init(milliseconds: before.milliseconds + 2_000)
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(link.path)/db.sock",
            withDestinationPath: fleet.database.socket
        )
        try fleet.rows("SELECT COUNT(*) FROM metric_values") { $0.first.flatMap { Int($0) } ?? 0 > 10 }
        try fleet.wait("the end of the trouble") { try journal.metadata(.databaseTrouble) == nil }
        fleet.stop()
        // Uptime only grows: stored in order and without a gap, it grows by at most two intervals a row.
        let values = try fleet.rows("SELECT value FROM metric_values ORDER BY collected_at").compactMap(Double.init)
        #expect(zip(values, values.dropFirst()).allSatisfy { $1 > $0 && $1 - $0 < 1 })
    }

    @Test func aDatabaseThatHangsHoldsUpNeitherPollsNorTheEnd() throws {
        let fleet = try Fleet("<host name=\"A\" address=\"127.0.0.1\" port=\"$PORT\" interval=\"200ms\"/>")
        try fleet.start()
        try fleet.rows("SELECT COUNT(*) FROM metric_values") { $0 != ["0"] }
        fleet.database.signal(SIGSTOP)
        defer { fleet.database.signal(SIGCONT) }
        let stopped = Timestamp.now
        try fleet.wait("polls while the database hangs") {
            fleet.status(of: "A")?.lastSeen ?? stopped > stopped + .seconds(2)
        }
        let begin = ContinuousClock.now
        fleet.stop()
        #expect(begin.duration(to: .now) < .seconds(5))
        let ended = Timestamp.now
        fleet.database.signal(SIGCONT)
        // The next start carries off what waited.
        try fleet.start()
        try fleet.rows(
            "SELECT COUNT(*) FROM metric_values WHERE collected_at > FROM_UNIXTIME(\(stopped.milliseconds) / 1000) "
                + "AND collected_at < FROM_UNIXTIME(\(ended.milliseconds) / 1000)"
        ) { Int($0.first ?? "") ?? 0 >= 5 }
    }

    @Test func onceEndsWhenItIsToldTo() throws {
        let silent = try OddServer()
        let fleet = try Fleet("<host name=\"A\" address=\"127.0.0.1\" port=\"\(silent.port)\" timeout=\"60s\"/>")
        try fleet.start(mode: .once)
        let interrupt = try #require(fleet.monitoring).cancellation()
        let start = ContinuousClock.now
        let thread = try NamedThread(name: "signal") {
            usleep(200_000)
            interrupt()
        }
        #expect(fleet.monitoring?.finishOnce() == false)
        thread.join()
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test func onceStoresAnAnswerOfEveryHostAndSaysWhetherAllAnswered() throws {
        let fleet = try Fleet(
            """
            <host name="A" address="127.0.0.1" port="$PORT">
              <command name="slow" run="sleep 0.3; echo 5" interval="5m"/>
            </host>
            <host name="gone" address="127.0.0.9" port="$PORT"/>
            """
        )
        try fleet.start(mode: .once)
        #expect(fleet.monitoring?.finishOnce() == false)
        #expect(
            try fleet.rows("SELECT host, metric, value > 0 FROM metric_values ORDER BY metric") == [
                "A\tslow\t1", "A\tuptime_seconds\t1",
            ]
        )
        #expect(try fleet.rows("SELECT state FROM hosts WHERE name = 'gone'") == ["unreachable"])
    }
}
