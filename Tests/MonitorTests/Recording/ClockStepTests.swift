import Alerts
import Configuration
import Foundation
import Journal
import Logging
import TestServers
import Testing
import Wire

@testable import Monitor

/// The recorder with hosts that are silent or gone, on clocks that the test sets.
struct ClockStepTests {
    @Test(arguments: [3_600, -3_600] as [Int64])
    func aStepRaisesNothingAndDelaysNothing(step: Int64) throws {
        let folder = try TestFolder("clock-step")
        let configuration = try ServerConfiguration.load(
            try folder.file(
                "server_config.xml",
                """
                <metricsd user="nobody" password="x" mail="ops@example.org" interval="10s" metrics="uptime_seconds">
                  <alert type="unreachable" for="3m"/>
                  <alert type="no_data" for="3m"/>
                  <host name="gone" address="127.0.0.1"/>
                  <host name="lost" address="127.0.0.1"/>
                  <host name="silent" address="127.0.0.1"/>
                </metricsd>
                """
            )
        )
        let journal = try Journal(at: "\(folder.path)/\(Journal.fileName)")
        let (mailbox, clock, log, rung) = (Mailbox(), RecorderClock(), LogSink(), DrainSignal())
        let logger = Logger(label: "test") { _ in LogfmtHandler(write: log.write) }
        let thread = try NamedThread(name: "recorder") {
            Recorder(
                hosts: configuration.hosts,
                restored: [],
                last: [],
                mailbox: mailbox,
                journal: journal,
                board: StatusBoard(
                    configuration.hosts.map {
                        HostStatus(
                            state: HostState(
                                host: $0.name,
                                address: "",
                                state: .unknown,
                                updatedAt: clock.now.wall
                            ),
                            openAlerts: []
                        )
                    }
                ),
                logger: logger,
                sendsMail: true,
                clock: { clock.now }
            ) { _ in rung.ring() }.run(orphans: [])
        }
        defer {
            mailbox.close()
            thread.join()
        }
        func post(_ host: Int, _ event: HostEvent, at reading: ClockReading) {
            mailbox.post(HostReport(host: host, at: reading, event: event))
        }
        func wait(_ what: String, until condition: () throws -> Bool) throws {
            let end = ContinuousClock.now + .seconds(20)
            while try !condition() {
                guard ContinuousClock.now < end else {
                    throw TestProcess.Failure(description: "no \(what); the log says:\n\(log.text)")
                }
                rung.wait(for: .milliseconds(50))
            }
        }
        func pending() throws -> [String: Int64] {
            Dictionary(
                try journal.alertStates().states.filter { $0.ruleKey == "unreachable" && !$0.isFiring }
                    .map { ($0.host, $0.since.milliseconds) }
            ) { _, new in new }
        }
        let failure = HostEvent.failed(HostFailure(state: .unreachable, message: "no route to host"))

        let gone = clock.now
        let answer = HostEvent.polled(
            Snapshot(
                sequence: 1,
                collectedAt: gone.wall,
                samples: [Sample(metric: 0, value: 1)],
                failures: [],
                commandResults: []
            ),
            withMetrics: true
        )
        post(1, answer, at: gone)
        post(2, answer, at: gone)
        post(0, failure, at: gone)
        try wait("first failure") { !log.lines(with: "no route", "host=gone").isEmpty }
        clock.pass(seconds: 10)
        let lost = clock.now
        clock.set(forwardBy: step)
        // Made before the step, recorded behind it.
        post(1, failure, at: lost)
        try wait("step in the log") { !log.lines(with: "clock was set").isEmpty }
        try wait("states by the new clock") {
            try pending() == [
                "gone": gone.wall.milliseconds + step * 1_000, "lost": lost.wall.milliseconds + step * 1_000,
            ]
        }

        func notifications() throws -> [AlertNotification] {
            try journal.dueNotifications(now: clock.now.wall, groupingWindow: .zero).flatMap(\.notifications)
        }
        #expect(try notifications() == [])
        clock.pass(seconds: 170)
        try wait("unreachable and no_data") { try notifications().count >= 2 }
        let raised = try notifications()
        #expect(Set(raised.map { "\($0.alert.host) \($0.alert.type)" }) == ["gone unreachable", "silent no_data"])
        #expect(raised.allSatisfy { $0.alert.since.milliseconds == gone.wall.milliseconds + step * 1_000 })
        #expect(raised.allSatisfy { $0.alert.openedAt == clock.now.wall })
        clock.pass(seconds: 10)
        try wait("the other") { !log.lines(with: "lost is unreachable").isEmpty }
        #expect(log.lines(with: "clock was set").count == 1)
    }
}
