import Alerts
import Configuration
import Foundation
import Journal
import Logging
import TestServers
import Wire

@testable import Monitor

/// A recorder whose hosts say what the test says, on a clock that the test sets. Interval 10 s, nobody really asked.
final class RecorderFixture {
    let folder: TestFolder
    let configuration: ServerConfiguration
    let journal: Journal
    let clock = RecorderClock()
    let log = LogSink()
    private let rung = DrainSignal()
    private var mailbox = Mailbox()
    private var thread: NamedThread?

    /// - Parameter hosts: what stands in `<metricsd>`.
    init(_ hosts: String) throws {
        folder = try TestFolder("recorder")
        configuration = try ServerConfiguration.load(
            try folder.file(
                "server_config.xml",
                """
                <metricsd user="nobody" password="x" mail="ops@example.org" interval="10s" metrics="uptime_seconds">
                  <state directory="\(folder.path)"/>
                  \(hosts)
                </metricsd>
                """
            )
        )
        journal = try Journal(at: "\(folder.path)/\(Journal.fileName)")
    }

    deinit { stop() }

    /// Begins with what the journal holds.
    func start() throws {
        let restored = try journal.alertStates().states
        let (configuration, journal, clock, log, rung) = (configuration, journal, clock, log, rung)
        let mailbox = Mailbox()
        self.mailbox = mailbox
        thread = try NamedThread(name: "recorder") {
            let status = configuration.hosts.map {
                HostStatus(
                    state: HostState(host: $0.name, address: "", state: .unknown, updatedAt: clock.now.wall),
                    openAlerts: []
                )
            }
            Recorder(
                hosts: configuration.hosts,
                restored: restored,
                last: [],
                mailbox: mailbox,
                journal: journal,
                board: StatusBoard(status),
                logger: Logger(label: "test") { _ in LogfmtHandler(write: log.write) },
                sendsMail: true,
                clock: { clock.now }
            ) { _ in rung.ring() }.run(orphans: [])
        }
    }

    func stop() {
        mailbox.close()
        thread?.join()
        thread = nil
    }

    func answer(_ host: String, _ value: Double = 1) {
        let snapshot = Snapshot(
            sequence: 1,
            collectedAt: clock.now.wall,
            samples: [Sample(metric: 0, value: value)],
            failures: [],
            commandResults: []
        )
        post(host, .polled(snapshot, withMetrics: true))
    }

    func fail(_ host: String) {
        post(host, .failed(HostFailure(state: .unreachable, message: "\(host): no route to host")))
    }

    private func post(_ host: String, _ event: HostEvent) {
        guard let number = configuration.hosts.firstIndex(where: { $0.name == host }) else { return }
        mailbox.post(HostReport(host: number, at: clock.now, event: event))
    }

    /// What fires, by host and type: why it is held back, or that people are told.
    func firing() throws -> [String: String] {
        Dictionary(
            try journal.alertStates().states.compactMap(\.alert)
                .map { ("\($0.host) \($0.type)", $0.heldBackBecause ?? "told") }
        ) { _, new in new }
    }

    /// `raised web-1 unreachable`
    func notifications() throws -> [String] {
        try journal.dueNotifications(now: clock.now.wall, groupingWindow: .zero).flatMap(\.notifications)
            .map { "\($0.kind) \($0.alert.host) \($0.alert.type)" }
    }

    func wait(_ what: String, until condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(20)
        while try !condition() {
            guard ContinuousClock.now < end else {
                throw TestProcess.Failure(
                    description:
                        "no \(what); firing \(try firing()), told \(try notifications()); the log says:\n\(log.text)"
                )
            }
            rung.wait(for: .milliseconds(50))
        }
    }
}
