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
    static let shutdownGrace = Duration.seconds(2)
    /// For a drain to end behind its deadline: a database server of our own is shut down then.
    static let drainEnd = Duration.milliseconds(2_500)
    /// The same for `--once`, where nobody waits for a signal to be obeyed.
    private static let onceDrainEnd = Duration.seconds(25)
    /// The same for `--once`, which has no next moment.
    private static let onceGrace = Duration.seconds(60)

    package let board: StatusBoard
    package let counters = PollCounters()
    /// Of the recorder, through which everything passes.
    package let heartbeat = Heartbeat()
    /// As it is in force.
    var configuration: ServerConfiguration
    let mode: Mode
    let groupingWindow: Duration
    private let retry: RetryPolicy
    let logger: Logger
    private let lock: StateDirectoryLock
    let journal: Journal
    /// The one before, which could not be read.
    let damagedJournal: DamagedJournal?
    let mailbox = Mailbox()
    /// Of whatever is no host's thread; each of those has its own.
    let interrupt = Interrupt()
    let budget: DiskBudget
    let signals = DrainSignals()
    let drainTrouble = DrainTrouble()
    var drains: [RunningDrain] = []
    /// Those that were to end and did not.
    var hangingDrains: [RunningDrain] = []
    var hosts = HostThreads()
    /// How often the configuration was read again.
    var reloads = 0
    /// What is told of that in the journal.
    lazy var lastReload = blankReload
    var surroundings: HostThread.Surroundings?
    private var recorderThread: NamedThread?

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
        (journal, damagedJournal) = try Journal.openSettingDamagedAside(
            at: "\(configuration.stateDirectory)/\(Journal.fileName)",
            now: .now
        )
        budget = DiskBudget(budget: configuration.maxDisk, stateDirectory: configuration.stateDirectory)
        board = StatusBoard(
            configuration.watched.map {
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
        tellDamagedJournal()
        let names = Set(configuration.watched.map(\.name))
        let machines = try journal.machines().filter { names.contains($0.key) }
        let logs = try storedLogs()
        let storage = try startStorage()
        try startRecorder(logs: logs.statuses, machines: machines)
        try startDrains()
        tellReloads()
        surroundings = HostThread.Surroundings(
            probes: probes,
            gate: HandshakeGate(total: 32, perAddress: 4),
            mailbox: mailbox,
            interrupt: interrupt,
            counters: counters,
            storage: storage,
            machines: MachineBindings(machines) { [journal] in try journal.machines() }
        )
        for settings in configuration.watched {
            try startHost(
                settings,
                number: hosts.takeNumber(),
                logs: logs.byHost[settings.name] ?? [:],
                storage: storage
            )
        }
    }

    /// - Parameters:
    ///   - number: what the recorder knows it by.
    ///   - logs: what the journal has of its logs, by name.
    func startHost(
        _ settings: HostSettings,
        number: Int,
        logs: [String: StoredLog],
        storage: LogStorage?
    ) throws {
        guard var surroundings else { return }
        surroundings.storage = storage
        let (mode, retry) = (mode, retry)
        if settings.isBastion {
            let interrupt = Interrupt()
            let bastion = surroundings.bastions.open(settings, interrupt: interrupt)
            return try hosts.start(settings, number: number, interrupt: interrupt) { [surroundings] number, _ in
                BastionThread(number: number, bastion: bastion, surroundings: surroundings, retry: retry).run()
            }
        }
        let delay = mode == .once ? .zero : connectSpread * Double.random(in: 0...1)
        try hosts.start(settings, number: number) { [surroundings] number, interrupt in
            var surroundings = surroundings
            surroundings.interrupt = interrupt
            var host = HostThread(
                index: number,
                settings: settings,
                logs: logs,
                surroundings: surroundings,
                retry: retry
            )
            switch mode {
            case .continuous: host.run(startingAfter: delay)
            case .once: host.runOnce()
            }
        }
    }

    /// One line for `systemctl status`.
    package var summary: String {
        let count = configuration.hosts.count
        return "watches \(count) \(count == 1 ? "host" : "hosts") of \(configuration.file)"
    }

    /// Blocks until every host was polled once and all of it is stored and mailed (`Mode.once`).
    ///
    /// - Returns: whether every host answered and everything was carried off.
    package func finishOnce() -> Bool {
        hosts.join(hosts.hostNumbers, until: nil)
        // Nobody goes through bastions any more.
        hosts.interrupt()
        hosts.join(until: nil)
        let grace = interrupt.isRaised ? Self.shutdownGrace : Self.onceGrace
        // What the hosts' threads have closed is to be delivered yet.
        awaitRecording(until: .now + grace)
        end(recordedBy: .now + grace, grace: grace)
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
        hosts.interrupt()
        for drain in drains { drain.interrupt.raise() }
        // Every wait of theirs ends at once; unlocking a key or reading a file from a dead server does not.
        let late = hosts.join(until: begin + .seconds(1))
        if late > 0 { logger.warning("\(late) host threads do not end, and are left behind") }
        end(recordedBy: begin + .seconds(1), grace: Self.shutdownGrace - begin.duration(to: .now))
        let waiting = (try? journal.backlog().count) ?? 0
        if waiting > 0 {
            logger.notice("\(waiting) groups wait in the journal for the database; the next start stores them")
        }
    }

    /// What another thread calls to make `finishOnce` come back within about five seconds.
    package func cancellation() -> @Sendable () -> Void {
        return { [interrupt, signals, hosts, drains] in
            interrupt.raise()
            hosts.interrupt()
            for drain in drains { drain.interrupt.raise() }
            signals.hurry(by: .now + Self.shutdownGrace)
        }
    }

    /// Blocks until what is in the mailbox now is in the journal.
    private func awaitRecording(until deadline: ContinuousClock.Instant) {
        let isRecorded = WakeUp()
        mailbox.post(ServiceReport(at: .now, whenRecorded: isRecorded.ring))
        isRecorded.wait(until: deadline)
    }

    /// Ends those whose work passes through the recorder as long as that takes reports, then the recorder, then the others.
    private func end(recordedBy deadline: ContinuousClock.Instant, grace: Duration) {
        endDrains(where: \.isRecorded, by: deadline, patience: .milliseconds(250))
        mailbox.close()
        recorderThread?.join()
        let patience = mode == .once ? Self.onceDrainEnd : Self.drainEnd
        endDrains(where: { !$0.isRecorded }, by: .now + grace, patience: patience)
    }

    private func startRecorder(
        logs: [LogName: LogStatusRecord],
        machines: [String: MachineRecord]
    ) throws {
        let stored = try journal.alertStates()
        let last = try journal.hostStates()
        for alert in stored.unreadable {
            logger.error("the journal's state of the alert \(alert) cannot be read; the alert begins anew")
        }
        let names = Set(configuration.watched.map(\.name))
        let own = stored.states.filter { $0.host == ServiceAlerts.host }
        let orphans = stored.states.filter { !names.contains($0.host) && $0.host != ServiceAlerts.host }
        let known = stored.states.filter { names.contains($0.host) }
        let service = Self.recordedService(of: configuration, restored: own)
        let hosts = configuration.watched
        let sendsMail = configuration.smtp != nil
        recorderThread = try NamedThread(name: "recorder") {
            [mailbox, journal, board, logger, signals, heartbeat, counters, drainTrouble] in
            let recorder = Recorder(
                hosts: hosts,
                service: service,
                restored: known,
                last: last,
                logs: logs,
                machines: machines,
                mailbox: mailbox,
                journal: journal,
                board: board,
                logger: logger,
                sendsMail: sendsMail,
                counters: counters,
                drainTrouble: drainTrouble,
                heartbeat: heartbeat
            ) { committed in
                signals.ring(.database)
                if committed.hasNotifications { signals.ring(.mail) }
                for delivery in committed.deliveries { signals.ring(.delivery(delivery)) }
            }
            recorder.run(orphans: orphans)
        }
    }

    /// Over how long the first connects are spread: 20 ms a host, within its interval and ten seconds.
    private var connectSpread: Duration {
        let shortest = configuration.hosts.map(\.interval).min() ?? .zero
        return min(.milliseconds(20 * configuration.hosts.count), shortest, .seconds(10))
    }
}
