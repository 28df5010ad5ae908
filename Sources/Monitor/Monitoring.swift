import Alerts
package import Configuration
import Database
import Journal
package import Logging
import Mail
import SSH

/// The running whole: host threads, recorder, drains.
///
///     host threads ──► Mailbox ──► Recorder ──► Journal ──► DatabaseDrain ──► MySQL
///                         ▲                        │ ├────► MailDrain ──► SMTP
///                         └── deliveries, keepers ◄┘ └────► SummaryDrain
///
/// Ends in that order too: hosts and those who carry batches first, then what they said is recorded, then what is recorded
/// is carried off as far as the time allows; the rest waits in the journal for the next start.
package final class Monitoring {
    package enum Mode: Sendable {
        case continuous
        /// Every host polled once, everything stored and mailed, then the end.
        case once
    }

    /// For what is still to be carried off when the daemon is told to end.
    private static let shutdownGrace = Duration.seconds(2)
    /// For a drain to end behind its deadline: a database server of our own is shut down then.
    private static let drainEnd = Duration.milliseconds(2_500)
    /// The same for `--once`, where nobody waits for a signal to be obeyed.
    private static let onceDrainEnd = Duration.seconds(25)
    /// The same for `--once`, which has no next moment.
    private static let onceGrace = Duration.seconds(60)

    package let board: StatusBoard
    package let counters = PollCounters()
    let configuration: ServerConfiguration
    private let mode: Mode
    private let groupingWindow: Duration
    private let retry: RetryPolicy
    let logger: Logger
    private let lock: StateDirectoryLock
    let journal: Journal
    let mailbox = Mailbox()
    let interrupt = Interrupt()
    let budget: DiskBudget
    private let databaseSignal = DrainSignal()
    let mailSignal = DrainSignal()
    private var hostThreads: [NamedThread] = []
    private var recorderThread: NamedThread?
    /// By the delivery's name.
    let deliverySignals: [String: DrainSignal]
    private var drainThreads: [(name: String, thread: NamedThread)] = []
    /// Those who carry batches and the summary; what they do passes through the recorder.
    private var keepers: [Keeper] = []

    private struct Keeper {
        var name: String
        var signal: DrainSignal
        var thread: NamedThread
    }

    /// Takes the state directory and opens the journal; starts nothing yet.
    ///
    /// - Parameters:
    ///   - groupingWindow: how long an alert waits for others to the same recipients, to share a mail.
    ///   - retry: how soon each host is tried again.
    /// - Throws: `JournalError` when another metricsd has the directory or the journal cannot be opened.
    package init(
        _ configuration: ServerConfiguration,
        mode: Mode = .continuous,
        groupingWindow: Duration = .seconds(10),
        retry: RetryPolicy = RetryPolicy(),
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.mode = mode
        self.groupingWindow = mode == .once ? .zero : groupingWindow
        self.retry = retry
        self.logger = logger
        lock = try StateDirectoryLock(directory: configuration.stateDirectory)
        journal = try Journal(at: "\(configuration.stateDirectory)/\(Journal.fileName)")
        deliverySignals = Dictionary(
            uniqueKeysWithValues: configuration.deliveries.map { ($0.name, DrainSignal()) }
        )
        budget = DiskBudget(budget: configuration.maxDisk, stateDirectory: configuration.stateDirectory)
        board = StatusBoard(
            configuration.hosts.map {
                HostStatus(
                    state: HostState(
                        host: $0.name,
                        address: $0.target.address,
                        state: .unknown,
                        updatedAt: .now
                    ),
                    openAlerts: []
                )
            }
        )
    }

    /// Starts everything and returns. - Throws: when a thread or the probes cannot be had.
    package func start() throws {
        Heap.shareArenas()
        let probes = try ProbeFiles()
        try journal.removeHostStates(except: Set(configuration.hosts.map(\.name)))
        let logs = try storedLogs()
        let storage = try startStorage()
        try startRecorder(logs: logs.statuses)
        try startDrains()
        try startKeepers()
        let surroundings = HostThread.Surroundings(
            probes: probes,
            gate: HandshakeGate(total: 32, perAddress: 4),
            mailbox: mailbox,
            interrupt: interrupt,
            counters: counters,
            storage: storage
        )
        let spread = connectSpread
        let retry = retry
        for (index, settings) in configuration.hosts.enumerated() {
            let mode = mode
            let logsOfHost = logs.byHost[settings.name] ?? [:]
            let delay = mode == .once ? .zero : spread * Double.random(in: 0...1)
            hostThreads.append(
                try NamedThread(name: settings.name) {
                    var host = HostThread(
                        index: index,
                        settings: settings,
                        logs: logsOfHost,
                        surroundings: surroundings,
                        retry: retry
                    )
                    switch mode {
                    case .continuous: host.run(startingAfter: delay)
                    case .once: host.runOnce()
                    }
                }
            )
        }
    }

    /// Blocks until every host was polled once and all of it is stored and mailed (`Mode.once`).
    ///
    /// - Returns: whether every host answered and everything was carried off.
    package func finishOnce() -> Bool {
        hostThreads.forEach { $0.join() }
        let grace = interrupt.isRaised ? Self.shutdownGrace : Self.onceGrace
        // What the hosts' threads have closed is to be delivered yet.
        awaitRecording(until: .now + grace)
        endKeepers(by: .now + grace)
        end(grace: grace)
        do {
            let unstored = try journal.backlog().count
            if unstored > 0 {
                logger.error("\(unstored) groups are not in the database yet; the next run stores them")
                return false
            }
        } catch {
            logger.error("\(error)")
            return false
        }
        return board.current.allSatisfy { $0.state.state == .up }
    }

    /// Ends everything, blocking for at most about five seconds.
    package func stop() {
        let begin = ContinuousClock.now
        interrupt.raise()
        // Every wait of theirs ends at once; unlocking a key or reading a file from a dead server does not.
        let late = hostThreads.filter { !$0.join(until: begin + .seconds(1)) }.count
        if late > 0 { logger.warning("\(late) host threads do not end, and are left behind") }
        endKeepers(by: begin + .seconds(1))
        end(grace: Self.shutdownGrace - begin.duration(to: .now))
        let waiting = (try? journal.backlog().count) ?? 0
        if waiting > 0 {
            logger.notice("\(waiting) groups wait in the journal for the database; the next start stores them")
        }
    }

    /// What another thread calls to make `finishOnce` come back within about five seconds.
    package func cancellation() -> @Sendable () -> Void {
        return { [interrupt, databaseSignal, mailSignal, keepers] in
            interrupt.raise()
            for signal in [databaseSignal, mailSignal] + keepers.map(\.signal) {
                signal.hurry(by: .now + Self.shutdownGrace)
            }
        }
    }

    /// Blocks until what is in the mailbox now is in the journal.
    private func awaitRecording(until deadline: ContinuousClock.Instant) {
        let isRecorded = WakeUp()
        mailbox.post(ServiceReport(at: .now, whenRecorded: isRecorded.ring))
        isRecorded.wait(until: deadline)
    }

    /// Ends those whose work passes through the recorder, as long as that takes reports.
    private func endKeepers(by deadline: ContinuousClock.Instant) {
        for keeper in keepers { keeper.signal.finish(by: deadline) }
        for keeper in keepers where !keeper.thread.join(until: deadline + .milliseconds(250)) {
            logger.warning("the \(keeper.name) thread does not end; the next start goes on with what it did")
        }
    }

    /// - Parameter name: of the thread.
    func startKeeper(_ name: String, signal: DrainSignal, _ body: @escaping @Sendable () -> Void) throws {
        keepers.append(Keeper(name: name, signal: signal, thread: try NamedThread(name: name, body)))
    }

    private func end(grace: Duration) {
        mailbox.close()
        recorderThread?.join()
        for signal in [databaseSignal, mailSignal] { signal.finish(by: .now + grace) }
        // A thread that hangs in a library beyond its deadline is left behind: what it was carrying is in the journal.
        for (name, thread) in drainThreads where !hasEnded(thread) {
            logger.warning("the \(name) thread does not end; what it carries stays in the journal")
        }
    }

    /// Waits for a drain to end; the time for that shrinks when `--once` is cancelled meanwhile.
    private func hasEnded(_ drain: NamedThread) -> Bool {
        while let deadline = databaseSignal.deadline {
            let end = deadline + (interrupt.isRaised ? Self.drainEnd : Self.onceDrainEnd)
            if drain.join(until: min(end, .now + .milliseconds(250))) { return true }
            if ContinuousClock.now >= end { break }
        }
        return false
    }

    private func startRecorder(logs: [LogName: LogStatusRecord]) throws {
        let stored = try journal.alertStates()
        let last = try journal.hostStates()
        for alert in stored.unreadable {
            logger.error("the journal's state of the alert \(alert) cannot be read; the alert begins anew")
        }
        let names = Set(configuration.hosts.map(\.name))
        let own = stored.states.filter { $0.host == ServiceAlerts.host }
        let orphans = stored.states.filter { !names.contains($0.host) && $0.host != ServiceAlerts.host }
        let known = stored.states.filter { names.contains($0.host) }
        let service = recordedService(restored: own)
        let deliverySignals = deliverySignals
        let hosts = configuration.hosts
        let sendsMail = configuration.smtp != nil
        recorderThread = try NamedThread(name: "recorder") {
            [mailbox, journal, board, logger, databaseSignal, mailSignal] in
            let recorder = Recorder(
                hosts: hosts,
                service: service,
                restored: known,
                last: last,
                logs: logs,
                mailbox: mailbox,
                journal: journal,
                board: board,
                logger: logger,
                sendsMail: sendsMail
            ) { committed in
                databaseSignal.ring()
                if committed.hasNotifications { mailSignal.ring() }
                for delivery in committed.deliveries { deliverySignals[delivery]?.ring() }
            }
            recorder.run(orphans: orphans)
        }
    }

    private func startDrains() throws {
        let commands = Set(configuration.hosts.flatMap { $0.commands.map(\.name) }).sorted()
        let target: DatabaseDrain.Target =
            if let settings = configuration.database {
                .server(settings)
            } else {
                .embedded(directory: "\(configuration.stateDirectory)/mariadb")
            }
        let asideFolder = "\(configuration.stateDirectory)/set-aside"
        let ending = mode == .once ? Duration.seconds(20) : .seconds(2)
        try startDrain("database") { [journal, databaseSignal, logger] in
            DatabaseDrain(
                target: target,
                journal: journal,
                signal: databaseSignal,
                logger: logger,
                commands: commands,
                asideFolder: asideFolder
            ).run(endingServerWithin: ending)
        }
        guard let smtp = configuration.smtp else { return try discardNotifications() }
        let window = groupingWindow
        try startDrain("mail") { [journal, mailSignal, logger] in
            MailDrain(
                settings: smtp,
                journal: journal,
                signal: mailSignal,
                logger: logger,
                groupingWindow: window
            ).run()
        }
    }

    /// Nobody will make mails of what waits from a time with an `<smtp>`; weeks later it would be no news. Mails that
    /// are made already are few and promised: they stay, are shown by `status`, and go out under their own date when
    /// there is an `<smtp>` again.
    private func discardNotifications() throws {
        let discarded = try journal.discardNotifications()
        let waiting = try journal.outboxSummary().waiting
        guard discarded + waiting > 0 else { return }
        logger.warning(
            """
            there is no <smtp>: \(discarded) notifications of alerts are discarded; \(waiting) mails stay in the outbox \
            until there is one again
            """
        )
    }

    private func startDrain(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
        drainThreads.append((name, try NamedThread(name: name, body)))
    }

    /// Over how long the first connects are spread: 20 ms a host, within its interval and ten seconds.
    private var connectSpread: Duration {
        let shortest = configuration.hosts.map(\.interval).min() ?? .zero
        return min(.milliseconds(20 * configuration.hosts.count), shortest, .seconds(10))
    }
}
