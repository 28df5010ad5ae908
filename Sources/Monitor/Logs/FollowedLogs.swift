import Configuration
import LogBatches
import Wire

/// The logs of a host on its thread, which share one budget of bytes for each request.
struct FollowedLogs {
    private var logs: [FollowedLog]
    private var budget = ReadBudget()
    private let room: DiskBudget?
    private let catchUps: CatchUps
    /// Too many other hosts are being caught up on.
    private var waitsUntil: ContinuousClock.Instant?
    /// The log whose turn is first: on a slow line one piece is all that a request brings.
    private var first = 0
    /// The host's clock minus ours when it last sent lines, in milliseconds.
    private var skew: Int64 = 0

    /// - Parameters:
    ///   - stored: by the log's name.
    ///   - storage: where lines are kept; nil where no log has a `<store>`.
    init(
        _ settings: HostSettings,
        stored: [String: StoredLog],
        storage: LogStorage? = nil,
        catchUps: CatchUps = CatchUps(),
        now: ContinuousClock.Instant
    ) {
        self.catchUps = catchUps
        room = storage?.budget
        logs = settings.logs.enumerated().map { number, log in
            FollowedLog(
                number: number,
                settings: log,
                rules: settings.alerts,
                stored: stored[log.name],
                writer: storage?.writer(of: log, host: settings),
                now: now
            )
        }
    }

    /// When the next of them is to be read; in the past where one is behind, nil where there are none.
    func due(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        logs.lazy.map { [waitsUntil] in $0.isBehind ? max(waitsUntil ?? now, now) : $0.schedule.due }.min()
    }

    /// When the next batch is to be closed; nil where none is open.
    var nextClose: Timestamp? { logs.lazy.compactMap { $0.nextClose(skew: skew) }.min() }

    /// Closes the batches whose time is over.
    mutating func closeBatches(at now: Timestamp) -> (batches: [LogBatch], findings: [BatchFinding]) {
        var closed: (batches: [LogBatch], findings: [BatchFinding]) = ([], [])
        for log in logs.indices {
            let (batches, findings) = logs[log].closeBatches(at: now, skew: skew)
            closed.batches += batches
            closed.findings += findings
        }
        return closed
    }

    /// The host's clock, as the connection measured it.
    mutating func connected(clockSkewMilliseconds: Int64) { skew = Self.believable(clockSkewMilliseconds) }

    /// What a host says of its clock is foreign: sums of it must not overflow, here or in a database.
    static func believable(_ skew: Int64) -> Int64 { min(max(skew, -skewLimit), skewLimit) }

    /// A century, in milliseconds.
    private static let skewLimit: Int64 = 100 * 365 * 86_400_000

    /// Whether a log has more than was read so far.
    var isBehind: Bool { logs.contains(where: \.isBehind) }

    /// What the smallest request takes.
    var shortestRead: Duration { budget.shortest }

    /// Turns that passed without a connection, or without room for what they bring.
    mutating func restart(at now: ContinuousClock.Instant) {
        for log in logs.indices { logs[log].restart(at: now) }
    }

    /// Reads those that are due, in one request, and posts what each brought; also where the connection breaks.
    ///
    /// - Parameters:
    ///   - all: those that are not due, too.
    ///   - time: how long it may take.
    /// - Throws: `SSHError` or `ProbeFailure`; the connection is of no use afterwards.
    mutating func read(
        over connection: HostConnection,
        all: Bool = false,
        within time: Duration,
        post: (LogAdvance) -> Void
    ) throws {
        let begin = ContinuousClock.now
        var due = logs.indices.filter { all || logs[$0].isBehind || logs[$0].schedule.isDue(at: begin) }
        if let reason = room?.reasonToWait {
            for log in due where logs[log].isStored {
                if let advance = logs[log].holdBack(because: reason, at: begin) { post(advance) }
            }
            due.removeAll { logs[$0].isStored }
        }
        let isCatchingUp = due.contains { logs[$0].isBehind } && catchUps.enter()
        defer { if isCatchingUp { catchUps.leave() } }
        waitsUntil = nil
        if !isCatchingUp, due.contains(where: { logs[$0].isBehind }) {
            waitsUntil = begin + CatchUps.pause
            due.removeAll { logs[$0].isBehind }
        }
        guard !due.isEmpty else { return }
        let turn = due.firstIndex { $0 >= first } ?? 0
        due = Array(due[turn...] + due[..<turn])
        first = due[0] + 1
        for log in due { logs[log].begin(at: begin) }
        let asked = budget.bytes(within: time)
        var brought = 0
        var pieces = 0
        let answer = Result {
            try connection.readLogs(due.map { logs[$0].request }, budgetBytes: asked) { chunk in
                brought += chunk.bytes.count
                pieces += 1
                // The connection lets no number through that is not in the request.
                logs[Int(chunk.log)].take(chunk, at: .now, skew: skew)
            }
        }
        if let readAt = try? answer.get().readAt { skew = Self.believable(readAt.skew(to: .now)) }
        let took = begin.duration(to: .now)
        budget.adapt(asked: asked, brought: brought, in: took)
        let reports = (try? answer.get())?.reports
        for (place, log) in due.enumerated() {
            if let advance = logs[log].finish(reports?[place], at: .now, after: took) {
                room?.note(appended: logs[log].storedBytes)
                post(advance)
            }
            // A rotated file that cannot be read yet, for example: asking at once again brings nothing either.
            if pieces == 0 { logs[log].waitForTurn() }
        }
        _ = try answer.get()
    }
}
