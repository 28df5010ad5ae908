import Alerts
import Configuration
import Database
import Foundation
import Journal
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

/// What metricsd stores of itself each minute, with the recorder on a clock that the test sets.
struct OwnMetricsTests {
    private let folder: TestFolder
    private let journal: Journal
    private let mailbox = Mailbox()
    private let clock = RecorderClock()
    private let counters = PollCounters()
    private let trouble = DrainTrouble()
    private let log = LogSink()
    private let rung = DrainSignal()

    init() throws {
        folder = try TestFolder("own-metrics")
        journal = try Journal(at: "\(folder.path)/\(Journal.fileName)")
    }

    private func startRecorder() throws -> NamedThread {
        let configuration = try ServerConfiguration.load(
            try folder.file(
                "server_config.xml",
                """
                <metricsd user="nobody" password="x" mail="ops@example.org" metrics="uptime_seconds">
                  <host name="web-1" address="127.0.0.1"/>
                  <host name="web-2" address="127.0.0.1"/>
                </metricsd>
                """
            )
        )
        let logger = Logger(label: "test") { [log] _ in LogfmtHandler(write: log.write) }
        let service = Monitoring.recordedService(of: configuration, restored: [])
        let hosts = configuration.hosts
        let thread = try NamedThread(name: "recorder") { [journal, mailbox, clock, counters, trouble, rung] in
            Recorder(
                hosts: hosts,
                service: service,
                restored: [],
                last: [],
                mailbox: mailbox,
                journal: journal,
                board: StatusBoard(
                    hosts.map {
                        HostStatus(
                            state: HostState(host: $0.name, address: "", state: .unknown, updatedAt: clock.now.wall),
                            openAlerts: []
                        )
                    }
                ),
                logger: logger,
                sendsMail: true,
                counters: counters,
                drainTrouble: trouble,
                clock: { clock.now }
            ) { _ in rung.ring() }.run(orphans: [])
        }
        // Its clock begins with it.
        try wait("start") { try !journal.records(after: 0, limitBytes: 1).isEmpty }
        return thread
    }

    private func wait(_ what: String, until condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(20)
        while try !condition() {
            guard ContinuousClock.now < end else {
                throw TestProcess.Failure(description: "no \(what); the log says:\n\(log.text)")
            }
            rung.wait(for: .seconds(1))
        }
    }

    /// By metric and instance, of each minute.
    private func readings() throws -> [[String: Double]] {
        try journal.records(after: 0, limitBytes: 1 << 20).compactMap { record in
            var batch = DatabaseBatch()
            try RecordBatch.decode(record.record.payload, into: &batch)
            let own = batch.samples.filter { $0.host == ServiceAlerts.host }
            guard !own.isEmpty else { return nil }
            #expect(batch.hosts.contains { $0.name == ServiceAlerts.host && $0.state == .up && $0.lastSeen != nil })
            return Dictionary(
                uniqueKeysWithValues: own.flatMap(\.samples).map { ("\($0.metric) \($0.instance)", $0.value) }
            )
        }
    }

    @Test func eachMinuteHasItsOwnCounts() throws {
        let thread = try startRecorder()
        defer {
            mailbox.close()
            thread.join()
        }
        counters.add((skipped: 2, worstLateness: .milliseconds(250)))
        counters.add((skipped: 0, worstLateness: .milliseconds(20)))
        for cause in ["connect", "connect", "authenticate"] {
            let failure = HostFailure(state: .unreachable, message: "web-1: away", cause: cause)
            mailbox.post(HostReport(host: 0, at: clock.now, event: .failed(failure)))
        }
        try log.wait(for: "web-1: away")
        clock.pass(seconds: 60)
        try wait("first minute") { try readings().count == 1 }
        let first = try readings()[0]
        #expect(first["metricsd_polls "] == 2)
        #expect(first["metricsd_polls_skipped "] == 2)
        #expect(first["metricsd_poll_lateness_seconds "] == 0.25)
        #expect(first["metricsd_failures "] == 3)
        #expect(first["metricsd_failures connect"] == 2)
        #expect(first["metricsd_failures authenticate"] == 1)
        #expect(first["metricsd_hosts unreachable"] == 1)
        #expect(first["metricsd_hosts unknown"] == 1)
        #expect(first["metricsd_hosts up"] == 0)
        #expect(first["metricsd_mails_waiting "] == 0)
        #expect(try #require(first["metricsd_memory_bytes "]) > 1e6)
        #expect(try #require(first["metricsd_threads "]) >= 2)
        #expect(try #require(first["metricsd_file_descriptors "]) > 3)
        #expect(try #require(first["metricsd_cpu_percent "]) >= 0)
        // What the start recorded waits for a database that is not there.
        #expect(try #require(first["metricsd_journal_records "]) > 0)
        #expect(try #require(first["metricsd_drain_lag_seconds "]) >= 60)

        clock.pass(seconds: 60)
        try wait("second minute") { try readings().count == 2 }
        let second = try readings()[1]
        #expect(second["metricsd_polls "] == 0)
        #expect(second["metricsd_failures "] == 0)
        #expect(second["metricsd_failures connect"] == 0)
        #expect(second["metricsd_failures resolve"] == nil)
    }

    @Test func eachIsDocumented() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/metrics.md")
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("| `metricsd_")
        }
        let documented = rows.map { row in
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return "\(cells[0]) \(cells[1])"
        }
        #expect(
            documented
                == OwnMetric.allCases.map { "`\($0.row.name)` \($0.row.unit.isEmpty ? "count" : $0.row.unit)" }
        )
    }

    @Test func aDatabaseThatIsAwayForTenMinutesIsToldWithItsReason() throws {
        trouble.text = "database at 192.0.2.1: connection refused. Start the server."
        let thread = try startRecorder()
        defer {
            mailbox.close()
            thread.join()
        }
        for turn in 1...11 {
            clock.pass(seconds: 60)
            try wait("minute \(turn)") { try readings().count == turn }
        }
        let firing = try journal.alertStates().states.compactMap(\.alert).filter { $0.type == "journal_growing" }
        #expect(firing.map(\.host) == [ServiceAlerts.host])
        #expect(firing.first?.recipients == ["ops@example.org"])
        #expect(firing.first?.reason.contains("connection refused. Start the server.") == true)
    }
}
