import Alerts
import Configuration
import Database
import Journal
import LogBatches
import Logging
import Wire

/// The one thread through which everything passes: reports of hosts in, groups of the journal out.
///
/// A group is what came within a short window. Its samples, the alert transitions they caused, the mails that those
/// owe and the hosts' new states become one transaction, so a crash forgets or keeps all of it together. Nothing else
/// writes alert states; nothing else tells a drain that there is work.
final class Recorder {
    /// How long reports are gathered before they are committed. A commit costs as much as ten polls, and a row is a
    /// second old in the database anyway.
    static let window = Duration.milliseconds(500)
    private static let tickInterval = Duration.seconds(1)
    /// Those who connect at the same time share one trim.
    static let trimDelay = Duration.seconds(5)

    private let mailbox: Mailbox
    let journal: Journal
    let board: StatusBoard
    let logger: Logger
    var sendsMail: Bool
    private let heartbeat: Heartbeat
    private let onCommit: @Sendable (Committed) -> Void
    var numbering = MetricNumbering()
    let clock: () -> ClockReading
    let counters: PollCounters
    let drainTrouble: DrainTrouble
    var own: RecordedOwnMetrics
    /// Most hosts agree that it is this machine's clock that is wrong.
    var isOwnClockWrong = false
    var clockWatch: ClockWatch
    /// In the order of the configuration.
    var hosts: [RecordedHost]
    /// How those stood that the configuration has lost since the last run.
    private var formerHosts: [HostState]
    /// By the number that its thread reports under, a host's place among `hosts`.
    var places: [Int: Int]
    /// By the host's name, its place among `hosts`.
    var placesByName: [String: Int] = [:]
    var service: RecordedService
    var silencing = Silencing()
    /// The journal could not be asked for them the last time.
    var silencesAreUnreadable = false
    /// A group was lost at the end. What came behind it builds on it (cursors on the lines before them), so it is lost too.
    private var hasGivenUp = false
    /// When to give back what connecting has left free; nil while nobody has connected.
    var trimDue: ContinuousClock.Instant?

    /// What a commit means for others.
    struct Committed: Sendable {
        var hasNotifications: Bool
        /// Deliveries that have something new to carry.
        var deliveries: Set<String>
    }

    /// - Parameters:
    ///   - settings: hosts; the first has the number 0.
    ///   - service: what metricsd has to say of itself.
    ///   - restored: the alert states of the journal.
    ///   - last: the host states of the journal, of hosts that are no longer configured too.
    ///   - logs: how each log stood at the end of the last run.
    ///   - machines: which machine each host is bound to.
    ///   - clock: what time it is, on each call.
    ///   - onCommit: called behind each commit, to wake the drains.
    init(
        hosts settings: [HostSettings],
        service: RecordedService = RecordedService(),
        restored: [AlertState],
        last: [HostState],
        logs: [LogName: LogStatusRecord] = [:],
        machines: [String: MachineRecord] = [:],
        mailbox: Mailbox,
        journal: Journal,
        board: StatusBoard,
        logger: Logger,
        sendsMail: Bool,
        counters: PollCounters = PollCounters(),
        drainTrouble: DrainTrouble = DrainTrouble(),
        heartbeat: Heartbeat = Heartbeat(),
        clock: @escaping () -> ClockReading = { .now },
        onCommit: @escaping @Sendable (Committed) -> Void
    ) {
        self.service = service
        self.mailbox = mailbox
        self.journal = journal
        self.board = board
        self.logger = logger
        self.sendsMail = sendsMail
        self.counters = counters
        self.drainTrouble = drainTrouble
        self.heartbeat = heartbeat
        own = RecordedOwnMetrics(startingAt: clock(), numbering: &numbering)
        self.clock = clock
        clockWatch = ClockWatch(startingAt: clock())
        self.onCommit = onCommit
        let byHost = Dictionary(grouping: restored, by: \.host)
        let lastByHost = Dictionary(last.map { ($0.host, $0) }) { first, _ in first }
        let names = Set(settings.map(\.name))
        formerHosts = last.filter { !names.contains($0.host) }
        hosts = []
        places = Dictionary(uniqueKeysWithValues: settings.indices.map { ($0, $0) })
        for host in settings {
            hosts.append(
                RecordedHost(
                    host,
                    restored: byHost[host.name] ?? [],
                    last: lastByHost[host.name],
                    logs: logs,
                    machine: machines[host.name],
                    numbering: &numbering
                )
            )
        }
    }

    /// Blocks until the mailbox is closed and everything in it is in the journal.
    ///
    /// - Parameter orphans: states of hosts that the configuration no longer has.
    func run(orphans: [AlertState]) {
        var group = begin()
        forgetFormerSilences(at: group.at)
        nameDependents()
        renewSilences(in: &group)
        for index in hosts.indices {
            group.batch.add(hosts[index].row)
            apply(hosts[index].alerts.start(at: group.at), to: index, in: &group)
        }
        for state in formerHosts { group.batch.add(state.formerRow) }
        apply(service.alerts.start(at: group.at), to: nil, in: &group)
        settleAcceptedMachines(in: &group)
        apply(HostAlerts.orphans(orphans, at: group.at), to: nil, in: &group)
        commit(group)
        forgetFormerHosts()

        var nextTick = ContinuousClock.now + Self.tickInterval
        while let taken = mailbox.take(until: nextTick, window: Self.window) {
            heartbeat.beat()
            var group = begin()
            // First, since the newest value of a batch counts: what a start has mended is older than what came since.
            for report in taken.services { record(report, in: &group) }
            for report in taken.reports { record(report, in: &group) }
            if ContinuousClock.now >= nextTick {
                nextTick = .now + Self.tickInterval
                giveBackMemory()
                renewSilences(in: &group)
                holdBackForParents(in: &group)
                for index in hosts.indices {
                    guard let due = hosts[index].alerts.nextTick, due <= group.at else { continue }
                    apply(hosts[index].alerts.tick(at: group.at), to: index, in: &group)
                }
                if let due = service.alerts.nextTick, due <= group.at {
                    apply(service.alerts.tick(at: group.at), to: nil, in: &group)
                }
                recordOwnMetrics(in: &group)
                compareClocks(in: &group)
            }
            commit(group)
            for report in taken.services { report.whenRecorded?() }
            for reconfiguration in taken.reconfigurations {
                take(reconfiguration)
                reconfiguration.whenRecorded()
            }
        }
    }

    /// Once the journal has their last row.
    private func forgetFormerHosts() {
        formerHosts = []
        do {
            try journal.removeHostStates(except: Set(hosts.map(\.name)))
        } catch {
            logger.error("what is left of hosts that are no longer configured stays until the next start: \(error)")
        }
    }

    private func giveBackMemory() {
        guard let trimDue, ContinuousClock.now >= trimDue else { return }
        self.trimDue = nil
        Heap.trim()
        ProgramCode.releasePages()
    }

    /// What becomes one transaction.
    struct Group {
        var at: Timestamp
        var batch: RecordBatch
        var changes: [AlertChange] = []
        var machines: [MachineStep] = []
        var logs: [LogName: LogProgress] = [:]
        /// The newest value of each.
        var batches: [Int64: LogBatch] = [:]
        var removedBatches: [Int64] = []
        var deliveries: Set<String> = []
        /// Hosts whose state is shown or stored anew.
        var touched: Set<Int> = []
    }

    func begin() -> Group {
        let now = clock()
        var group = Group(at: now.wall, batch: RecordBatch(metricNames: numbering.names))
        if let step = clockWatch.step(at: now) {
            logger.warning("\(step)")
            moveSilences(by: step, before: Timestamp(milliseconds: now.wall.milliseconds - step.setMilliseconds))
            for index in hosts.indices {
                apply(hosts[index].clockStepped(by: step.milliseconds), to: index, in: &group)
            }
            apply(service.alerts.clockStepped(by: step.milliseconds), to: nil, in: &group)
        }
        return group
    }

    func apply(_ changes: [AlertChange], to index: Int?, in group: inout Group) {
        for change in changes {
            var kept = change
            // Without an <smtp> nobody would ever take a notification away again.
            if !sendsMail { kept.notification = nil }
            group.changes.append(kept)
            guard let alert = change.alert else { continue }
            group.batch.add(AlertRow(alert))
            if let index { hosts[index].openAlerts[alert.id] = alert.resolvedAt == nil ? alert : nil }
            // Also what nobody is mailed about.
            if let event = change.event { log(AlertNotification(kind: event, alert: alert, recipients: [])) }
        }
        if let index, !changes.isEmpty { group.touched.insert(index) }
    }

    /// Stores the group, however long the disk takes to have room again: hosts skip polls meanwhile (`Mailbox.hasRoom`).
    func commit(_ group: Group) {
        for index in group.touched { board.update(index, hosts[index].status) }
        let journalGroup = JournalGroup(
            createdAt: group.at,
            records: group.batch.isEmpty ? [] : [JournalRecord(kind: RecordBatch.kind, payload: group.batch.payload)],
            alertChanges: group.changes,
            hostStates: group.touched.compactMap { hosts[$0].stateToStore(at: group.at) },
            machines: group.machines,
            logs: Array(group.logs.values),
            batches: group.batches.values.sorted { $0.id < $1.id },
            removedBatches: group.removedBatches
        )
        guard !journalGroup.isEmpty, !hasGivenUp else { return }
        var trouble: String?
        var backoff = Backoff(first: .milliseconds(200), limit: .seconds(10))
        var generator = SystemRandomNumberGenerator()
        while true {
            do {
                try journal.commit(journalGroup)
                if trouble != nil { logger.notice("the journal is written again") }
                onCommit(
                    Committed(
                        hasNotifications: group.changes.contains { $0.notification != nil },
                        deliveries: group.deliveries
                    )
                )
                return
            } catch {
                guard !mailbox.isClosed else {
                    hasGivenUp = true
                    logger.critical("\(error) The last answers of \(group.touched.count) hosts are lost.")
                    return
                }
                // The same trouble again is no news.
                logger.log(level: "\(error)" == trouble ? .debug : .error, "\(error)")
                trouble = "\(error)"
                // Waiting for room is no hanging: another start would not find any either.
                heartbeat.beat()
                mailbox.waitUntilClosed(for: backoff.next(using: &generator))
            }
        }
    }

    // MARK: Log

    func log(_ lines: [RecordedHost.LogLine]) {
        for line in lines { logger.log(level: line.level, "\(line.text)", metadata: ["host": "\(line.host)"]) }
    }

    private func log(_ notification: AlertNotification) {
        let sentences =
            [AlertMail.headline(notification)] + AlertMail.circumstances(notification) + AlertMail.lead(notification)
        let level: Logger.Level = notification.kind == .resolved ? .notice : .warning
        logger.log(
            level: level,
            "\(sentences.joined(separator: " "))",
            metadata: ["host": "\(notification.alert.host)", "alert": "\(notification.alert.id)"]
        )
    }
}
