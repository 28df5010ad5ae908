import Configuration
import SSH
import Wire

/// The life of one host, on a thread of its own: connect, poll in time, and come back after every failure.
///
/// Everything that belongs to the host (session, channel, keys) is made, used and freed here; what leaves are values
/// in the mailbox. A hung host costs this thread its deadline, and nobody else anything.
struct HostThread {
    /// What all host threads share.
    struct Surroundings: Sendable {
        var probes: ProbeFiles
        var gate: HandshakeGate
        var mailbox: Mailbox
        /// Raised to end: every wait of every host returns at once.
        var interrupt: Interrupt
        var counters: PollCounters
        /// nil where no log is stored.
        var storage: LogStorage?
        var catchUps = CatchUps()
        var bastions = Bastions()
        var machines: MachineBindings
    }

    /// The probe waits a moment for a running command itself, so this short is no busy loop.
    private static let collectInterval = Duration.milliseconds(100)
    /// How soon a machine that is accepted is tried again.
    private static let acceptanceInterval = Duration.seconds(1)

    private let index: Int
    let settings: HostSettings
    let surroundings: Surroundings
    private let plan: CollectionPlan
    private var retry: RetryPolicy
    private var metrics: PollSchedule
    private var commands: [PollSchedule]
    private var logs: FollowedLogs
    /// When to ask for the output of commands that still ran.
    private var collectDue: ContinuousClock.Instant?
    /// The probe on the host would not start or speak: the next connection uploads it anew, once.
    private var replacesProbe = false
    private var hasReplacedProbe = false
    /// The machine-id that was refused and may be accepted any moment.
    var refusedMachineID: String?

    /// - Parameter logs: what the journal has of the host's logs, by name.
    init(
        index: Int,
        settings: HostSettings,
        logs: [String: StoredLog] = [:],
        surroundings: Surroundings,
        retry: RetryPolicy
    ) {
        self.index = index
        self.settings = settings
        self.surroundings = surroundings
        self.retry = retry
        plan = CollectionPlan(settings)
        refusedMachineID = surroundings.machines.refusedID(of: settings.name)
        let now = ContinuousClock.now
        metrics = PollSchedule(interval: settings.interval, first: now)
        commands = settings.commands.map { PollSchedule(interval: $0.interval, first: now) }
        self.logs = FollowedLogs(
            settings,
            stored: logs,
            storage: surroundings.storage,
            catchUps: surroundings.catchUps,
            now: now
        )
    }

    /// Blocks until the interrupt is raised.
    ///
    /// - Parameter delay: before the first connect, so that a fleet does not knock all at once.
    mutating func run(startingAfter delay: Duration) {
        guard sleep(delay) else { return }
        while true {
            do {
                let connection = try connect()
                defer { connection.close() }
                restartSchedules(at: .now)
                NamedThread.releaseUnusedStack()
                while try step(connection) {}
                return
            } catch {
                guard !surroundings.interrupt.isRaised, recover(from: error) else { return }
            }
        }
    }

    /// One connection, one answer of everything (all commands included), for `run --once`. Only a server that had too
    /// many logins at once is tried again, for a minute, and a damaged probe once: that is our own doing, not a failed
    /// host.
    mutating func runOnce() {
        closeBatches()
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try pollOnce()
            } catch {
                guard !surroundings.interrupt.isRaised else { return }
                let delay = retry.delay(after: error)
                let isCrowd = (error as? SSHError)?.kind == .closedDuringHandshake
                guard isCrowd || replacesProbe, ContinuousClock.now + delay < end, sleep(delay) else {
                    return post(.failed(HostFailure(error)))
                }
            }
        }
    }

    private mutating func pollOnce() throws {
        let connection = try connect()
        defer { connection.close() }
        try connection.pollEverything { snapshot, withMetrics in post(.polled(snapshot, withMetrics: withMetrics)) }
        try readLogs(over: connection, all: true)
        while logs.isBehind, surroundings.mailbox.hasRoom || sleep(Self.collectInterval) {
            try readLogs(over: connection)
        }
    }

    private mutating func readLogs(
        over connection: HostConnection,
        all: Bool = false,
        within time: Duration = ReadBudget.target
    ) throws {
        guard surroundings.mailbox.hasRoom else { return }
        closeBatches()
        let (index, mailbox) = (index, surroundings.mailbox)
        try logs.read(over: connection, all: all, within: time) { advance in
            mailbox.post(HostReport(host: index, at: .now, event: .logRead(advance)))
        }
    }

    private mutating func connect() throws -> HostConnection {
        let connection: HostConnection
        do {
            connection = try HostConnection(
                to: settings,
                plan: plan,
                probes: surroundings.probes,
                interrupt: surroundings.interrupt,
                gate: surroundings.gate,
                bastion: surroundings.bastions.bastion(before: settings.target),
                replacingProbe: replacesProbe
            )
        } catch let failure as ProbeFailure {
            // A file of the right name and size may hold anything after a power cut.
            replacesProbe = settings.installedProbe == nil && failure.step != .place && !hasReplacedProbe
            hasReplacedProbe = hasReplacedProbe || replacesProbe
            throw failure
        }
        replacesProbe = false
        hasReplacedProbe = false
        let notices: [HostNotice]
        do {
            notices = try greet(connection)
        } catch {
            connection.close()
            throw error
        }
        logs.connected(clockSkewMilliseconds: connection.clockSkewMilliseconds)
        post(
            .connected(
                connection.identity,
                address: connection.address,
                clockSkewMilliseconds: connection.clockSkewMilliseconds,
                notices: notices
            )
        )
        return connection
    }

    /// Asks for the next thing that is due, ahead of its time, and waits for the answer: the thread wakes once for a
    /// poll. False when the interrupt was raised.
    private mutating func step(_ connection: HostConnection) throws -> Bool {
        let nextTurn = commands.reduce(metrics.due) { min($0, $1.due) }
        let due = min(nextTurn, collectDue ?? nextTurn)
        let begin = ContinuousClock.now
        closeBatches()
        if let logsDue = nextLogTurn(at: begin), logsDue < due, due > begin, fitsBefore(due, at: max(logsDue, begin)) {
            guard try connection.waitWhileIdle(until: logsDue) else { return false }
            guard surroundings.mailbox.hasRoom else {
                logs.restart(at: .now + Self.collectInterval)
                return try connection.waitWhileIdle(until: min(due, .now + Self.collectInterval))
            }
            try readLogs(over: connection, within: ContinuousClock.now.duration(to: due))
            return !surroundings.interrupt.isRaised
        }
        if !surroundings.mailbox.hasRoom {
            // There may be room when it is due.
            guard try connection.waitWhileIdle(until: due) else { return false }
        }
        let now = ContinuousClock.now
        // When the probe is to begin.
        let moment = max(now, due)
        let withMetrics = metrics.isDue(at: moment)
        let dueCommands = commands.indices.filter { commands[$0].isDue(at: moment) }
        guard surroundings.mailbox.hasRoom else {
            take(withMetrics, dueCommands, at: moment)
            surroundings.counters.skip(withMetrics ? 1 : 0)
            collectDue = collectDue.map { _ in moment + Self.collectInterval }
            return true
        }
        let snapshot: Snapshot
        do {
            snapshot = try connection.poll(
                withMetrics: withMetrics,
                commandsDue: dueCommands.map(UInt16.init),
                after: now.duration(to: moment),
                // Logs are read between polls, so no time is to be lost over these.
                sharesWake: withMetrics && settings.logs.isEmpty
            )
        } catch {
            // A turn that had not come yet is still to be had, through the next connection.
            if moment <= .now { take(withMetrics, dueCommands, at: moment) }
            throw error
        }
        let answered = ContinuousClock.now
        take(withMetrics, dueCommands, at: min(moment + .microseconds(snapshot.latenessMicroseconds), answered))
        post(.polled(snapshot, withMetrics: withMetrics))
        retry.succeeded()
        if withMetrics { surroundings.counters.add(metrics.takePunctuality()) }
        collectDue = snapshot.commandsRunning > 0 ? answered + Self.collectInterval : nil
        // The host's clock may run a little fast, but it is not the host that sets the pace.
        if answered < moment, answered < moment - now.duration(to: moment) / 64 {
            return try connection.waitWhileIdle(until: moment)
        }
        return true
    }

    /// Whether the smallest request for logs can be over before the poll. Where it takes longer than there ever is
    /// between two polls, logs are read all the same.
    private func fitsBefore(_ due: ContinuousClock.Instant, at begin: ContinuousClock.Instant) -> Bool {
        let shortest = logs.shortestRead
        return shortest < begin.duration(to: due) || shortest >= metrics.interval
    }

    private mutating func take(_ withMetrics: Bool, _ dueCommands: [Int], at now: ContinuousClock.Instant) {
        if withMetrics { metrics.begin(at: now) }
        for command in dueCommands { commands[command].begin(at: now) }
    }

    /// Reports a failure and waits for the next try: a while, or for the bastion that is to blame to be back. False when the
    /// interrupt was raised.
    private mutating func recover(from error: any Error) -> Bool {
        let bastion = surroundings.bastions.bastion(before: settings.target)
        let (target, interrupt) = (settings.target, surroundings.interrupt)
        guard let bastion, let blame = Self.blame(bastion, for: error, of: target, interrupt: interrupt) else {
            return sleep(fail(error))
        }
        collectDue = nil
        post(.failed(HostFailure(blame)))
        while bastion.failure != nil {
            closeBatches()
            let now = ContinuousClock.now
            let end = min(batchesDue(at: now) ?? now + .seconds(60), now + .seconds(60))
            guard bastion.awaitReturn(until: end, interrupt: interrupt) else { return false }
        }
        // Not all at once.
        return sleep(.seconds(1) * Double.random(in: 0...1))
    }

    /// Reports a failure and says how long to wait before the next try.
    private mutating func fail(_ error: any Error) -> Duration {
        collectDue = nil
        post(.failed(HostFailure(error)))
        return retry.delay(after: error)
    }

    /// Turns that came while there was no connection are the outage, which `unreachable` tells, not skipped polls.
    private mutating func restartSchedules(at now: ContinuousClock.Instant) {
        if metrics.due < now { metrics.restart(at: now) }
        for command in commands.indices where commands[command].due < now { commands[command].restart(at: now) }
        logs.restart(at: now)
    }

    func post(_ event: HostEvent) {
        surroundings.mailbox.post(HostReport(host: index, at: .now, event: event))
    }

    /// False when the interrupt was raised meanwhile. Batches are closed in time although the host is away.
    private mutating func sleep(_ duration: Duration) -> Bool {
        let end = ContinuousClock.now + duration
        while true {
            let now = ContinuousClock.now
            closeBatches()
            var wake = min(end, batchesDue(at: now) ?? end)
            if refusedMachineID != nil { wake = min(wake, now + Self.acceptanceInterval) }
            guard surroundings.interrupt.sleep(until: wake) else { return false }
            if ContinuousClock.now >= end || isMachineAccepted() { return true }
        }
    }

    // MARK: Batches

    /// When the next log is to be read, or the next batch to be closed.
    private func nextLogTurn(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let closing = batchesDue(at: now) else { return logs.due(at: now) }
        return min(logs.due(at: now) ?? closing, closing)
    }

    /// When the next batch is to be closed: by the wall clock, which may be set, so it is looked at once a minute.
    private func batchesDue(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let close = logs.nextClose else { return nil }
        // One that cannot be closed for want of room shall not be asked after without a pause.
        return now + .milliseconds(min(max(close.milliseconds - Timestamp.now.milliseconds + 1, 100), 60_000))
    }

    private mutating func closeBatches() {
        guard surroundings.storage != nil, surroundings.mailbox.hasRoom else { return }
        let closed = logs.closeBatches(at: .now)
        if !closed.batches.isEmpty || !closed.findings.isEmpty {
            post(.batchesClosed(closed.batches, closed.findings))
        }
    }
}
