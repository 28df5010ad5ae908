import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// The probe on the channel: answers requests until the channel ends.
///
/// One thread and one `poll(2)` over standard input, standard output, the signals, and the pipes of the commands and
/// collectors that run. One request is carried out at a time; the next waits in the channel. A poll that was asked for
/// ahead of its time holds up no other request. Nothing here blocks: collectors that may hang and all commands are child
/// processes with deadlines. However the loop ends, the children are killed, so that nothing of the probe stays on the
/// host.
package final class ProbeServer {
    private enum Work {
        case idle
        /// The rates have been read once; the answer waits for an interval to compute them over.
        case priming(Turn, until: UInt64)
        case collecting(Turn)
        case awaitingCommand(Turn, until: UInt64)
    }

    /// A poll that was asked for and has not begun.
    private struct AwaitedPoll {
        var sequence: UInt32
        var withMetrics: Bool
        var commandsDue: [UInt16]
        var due: UInt64
    }

    /// What an answer says of the poll that it answers.
    private struct Turn {
        var sequence: UInt32
        var latenessMicroseconds: UInt32
    }

    private enum Ending: Error {
        /// The server closed the channel, or a signal told the probe to end.
        case closed
        case refused(WireError)
        case unexpectedPoll
        case unexpectedLogs(StaticString)
        case noSignals(ErrorNumber)
    }

    private static let primingNanoseconds: UInt64 = 200_000_000
    private static let commandWaitNanoseconds: UInt64 = 200_000_000
    /// A year: what is added to the clock cannot overflow it.
    private static let longestDelayMicroseconds: UInt64 = 366 * 86_400 * 1_000_000

    private let allCollectors: [Collector]
    private let roots: Roots
    private let permissions: Permissions
    private let channel = ProbeChannel()
    private var plan: ActivePlan?
    /// Plans that were replaced and have killed children that are not gone yet.
    private var retiredPlans: [ActivePlan] = []
    private var earliestAnswer: UInt64 = 0
    private var work = Work.idle
    private var awaitedPoll: AwaitedPoll?
    private var signals: Int32 = -1

    package init(collectors: [Collector], roots: Roots, permissions: Permissions = .all) {
        allCollectors = collectors
        self.roots = roots
        self.permissions = permissions
    }

    /// Serves standard input and output until they end.
    ///
    /// - Returns: the exit status: 0 when the server ended the channel, 3 when something on it was refused.
    package func run() -> Int32 {
        defer { plan?.killAll() }
        do throws(Ending) {
            signals = probe_open_signals()
            if signals < 0 { throw .noSignals(ErrorNumber(code: -signals)) }
            while true { try turn() }
        } catch {
            switch error {
            case .closed: return 0
            case .refused(let reason): complain(reason.description)
            case .unexpectedPoll: complain("a poll came before a plan; start the probe again")
            case .unexpectedLogs(let reason): complain("\(reason); start the probe again")
            case .noSignals(let reason): complain("cannot watch for signals: \(reason.text)")
            }
            return 3
        }
    }

    private func turn() throws(Ending) {
        var wait = ReadinessWait()
        prepare(&wait)
        wait.wait()

        // SIGCHLD has done its work by waking the loop: children are looked at in each turn.
        while case let signal = probe_next_signal(signals), signal != 0 {
            if signal != SIGCHLD { throw .closed }
        }
        let now = SystemClock.uptimeNanoseconds()
        plan?.advance(after: wait, now: now)
        for plan in retiredPlans { plan.advance(after: wait, now: now) }
        retiredPlans.removeAll { !$0.hasChildren }
        if wait.isBroken(ProbeChannel.output) { throw .closed }
        if wait.isReady(ProbeChannel.input) { try receive() }
        try carryOn(now)
        guard channel.flush() else { throw .closed }
        try readLogs()
    }

    private func prepare(_ wait: inout ReadinessWait) {
        var isBusy = true
        switch work {
        case .idle:
            isBusy = false
            wait.wake(at: awaitedPoll?.due)
        case .priming(_, let until), .awaitingCommand(_, let until): wait.wake(at: until)
        case .collecting: break
        }
        channel.prepare(&wait, isBusy: isBusy)
        if canReadLogs { wait.wake(at: 0) }
        wait.add(signals)
        plan?.prepare(&wait)
    }

    private func receive() throws(Ending) {
        do throws(WireError) {
            if try channel.receive() { return }
            try channel.finish()
        } catch {
            throw .refused(error)
        }
        throw .closed
    }

    /// Answers what is ready, and takes up the requests behind it.
    private func carryOn(_ now: UInt64) throws(Ending) {
        while true {
            try advanceWork(now)
            guard case .idle = work else { return }
            if let poll = awaitedPoll, poll.due <= now {
                awaitedPoll = nil
                begin(poll, now)
                continue
            }
            guard let request = try nextRequest() else { return }
            switch request {
            case .configure(let plan):
                // Its numbers are those of the plan that goes.
                awaitedPoll = nil
                try configure(plan)
            case .poll(let sequence, let withMetrics, let commandsDue, let delay):
                guard plan != nil else { throw .unexpectedPoll }
                awaitedPoll = AwaitedPoll(
                    sequence: sequence,
                    withMetrics: withMetrics,
                    commandsDue: commandsDue,
                    due: now + min(delay, Self.longestDelayMicroseconds) * 1_000
                )
            case .readLogs(let sequence, let budgetBytes, let logs):
                try take(logs, sequence: sequence, budgetBytes: budgetBytes)
            }
        }
    }

    private func begin(_ poll: AwaitedPoll, _ now: UInt64) {
        guard let plan else { return }
        let turn = Turn(
            sequence: poll.sequence,
            latenessMicroseconds: UInt32(clamping: (now - poll.due) / 1_000)
        )
        for command in poll.commandsDue { plan.commands.start(command) }
        work =
            poll.withMetrics
            ? .priming(turn, until: earliestAnswer)
            : .awaitingCommand(turn, until: now + Self.commandWaitNanoseconds)
    }

    private func take(_ logs: [LogRead], sequence: UInt32, budgetBytes: UInt32) throws(Ending) {
        guard let plan else { throw .unexpectedLogs("logs were asked for before a plan") }
        guard plan.logs.hasRoom else { throw .unexpectedLogs("too many requests for logs wait") }
        plan.logs.take(sequence: sequence, budgetBytes: budgetBytes, logs: logs)
    }

    private func advanceWork(_ now: UInt64) throws(Ending) {
        guard let plan else { return }
        if case .priming(let turn, let until) = work, now >= until {
            plan.collectors.begin()
            work = .collecting(turn)
        }
        switch work {
        case .collecting(let turn) where plan.collectors.isComplete:
            try send(
                Snapshot(
                    sequence: turn.sequence,
                    collectedAt: plan.collectors.collectedAt,
                    latenessMicroseconds: turn.latenessMicroseconds,
                    samples: plan.collectors.samples,
                    failures: plan.collectors.failures
                ),
                with: plan.commands
            )
        case .awaitingCommand(let turn, let until)
        where plan.commands.hasResults || !plan.commands.isRunning || now >= until:
            try send(
                Snapshot(
                    sequence: turn.sequence,
                    collectedAt: SystemClock.now(),
                    latenessMicroseconds: turn.latenessMicroseconds
                ),
                with: plan.commands
            )
        default: break
        }
    }

    /// Whether the next piece of a log is due: a poll that is being answered and what is on its way go first.
    private var canReadLogs: Bool {
        if case .collecting = work { return false }
        return plan?.logs.isReading == true && !channel.hasOutput
    }

    private func readLogs() throws(Ending) {
        guard canReadLogs, let reply = plan?.logs.next() else { return }
        try send(reply)
        guard channel.flush() else { throw .closed }
    }

    private func configure(_ collectionPlan: CollectionPlan) throws(Ending) {
        if let plan {
            plan.killAll()
            retiredPlans.append(plan)
        }
        let plan = ActivePlan(collectionPlan, collectors: allCollectors, permissions: permissions)
        self.plan = plan
        earliestAnswer = 0
        if plan.collectors.hasRates {
            plan.collectors.prime()
            earliestAnswer = SystemClock.uptimeNanoseconds() + Self.primingNanoseconds
        }
        try send(.hello(HostIdentity.read(roots: roots), unknownMetrics: plan.unknownMetrics))
    }

    private func send(_ snapshot: Snapshot, with commands: CommandRuns) throws(Ending) {
        var snapshot = snapshot
        snapshot.commandResults = commands.takeResults()
        snapshot.commandsRunning = commands.pendingCount
        work = .idle
        try send(.snapshot(snapshot))
    }

    private func send(_ reply: Reply) throws(Ending) {
        do throws(WireError) { try channel.send(reply) } catch { throw .refused(error) }
    }

    private func nextRequest() throws(Ending) -> Request? {
        do throws(WireError) { return try channel.nextRequest() } catch { throw .refused(error) }
    }
}

/// One line on standard error.
func complain(_ reason: String) {
    writeAll(Array("metricsd-probe: \(reason)\n".utf8), to: 2)
}
