import AccessLogs
import Alerts
import Configuration
import Journal
import Wire

/// One log on its host's thread: when it is due, up to where it was read, and what its lines become.
///
/// Its cursors and counts are ahead of the journal's by what is on its way through the mailbox. After a crash both begin
/// again at the journal's.
struct FollowedLog {
    /// Its number in the plan, which is its place in the settings.
    let number: UInt16
    private(set) var schedule: PollSchedule
    /// There was more than the last request brought.
    private(set) var isBehind = false

    private let start: LogStart
    private var reader: LogReader
    private var cursors: [LogCursor]
    private var condition: LogReport.Condition?
    private var wasAtEnd = false
    private var hasChanged = false
    private var behind = LogAdvance.CatchUp(bytes: 0, time: .zero)

    /// - Parameters:
    ///   - rules: all of the host's.
    ///   - stored: the log's state in the journal, with its windows.
    init(
        number: Int,
        settings: LogSettings,
        rules: [AlertRule],
        stored: StoredLog?,
        now: ContinuousClock.Instant
    ) {
        self.number = UInt16(number)
        schedule = PollSchedule(interval: settings.interval, first: now)
        start = settings.startsAtBeginning ? .beginning : .end
        let levelWindows = rules.compactMap { rule -> Duration? in
            guard case .highTraffic(_, let window) = rule.subject, rule.instance.matches(settings.name) else {
                return nil
            }
            return window
        }
        reader = LogReader(
            format: settings.format,
            skips: settings.skips,
            levelWindows: levelWindows,
            interval: settings.interval,
            counting: .windows
        )
        cursors = stored?.cursors ?? []
        guard let stored else { return }
        // A reader that cannot be resumed begins with the lines that come now: none is lost, none is counted twice.
        try? reader.resume(from: stored.readerState, windows: stored.windows)
    }

    var request: LogRead { LogRead(log: number, start: start, cursors: cursors) }

    mutating func begin(at now: ContinuousClock.Instant) {
        if schedule.isDue(at: now) { schedule.begin(at: now) }
    }

    /// Nothing could be read until now.
    mutating func restart(at now: ContinuousClock.Instant) {
        // The next report is news even where nothing has changed: until the log was read, `log_silent` takes its
        // requests to be on the way.
        condition = nil
        if schedule.due < now { schedule.restart(at: now) }
    }

    /// What there is cannot be had now: again at its interval.
    mutating func waitForTurn() { isBehind = false }

    mutating func take(_ chunk: LogChunk, at arrival: Timestamp) {
        reader.read(chunk, arrival: arrival)
        cursors = chunk.cursors
        behind.bytes += chunk.bytes.count
        hasChanged = true
    }

    /// The end of a request.
    ///
    /// - Parameters:
    ///   - report: nil where the connection broke; what came before counts.
    ///   - time: what the request took.
    /// - Returns: nil where the recorder need not hear of it.
    mutating func finish(_ report: LogReport?, at now: Timestamp, after time: Duration) -> LogAdvance? {
        if let report {
            reader.endRead(at: now, isAtEnd: report.isAtEnd && report.condition == .following)
            hasChanged = hasChanged || report.cursors != cursors || !report.losses.isEmpty
            cursors = report.cursors
            reader.keepFiles(of: cursors)
        }
        isBehind = report.map { !$0.isAtEnd && $0.condition == .following } ?? false
        behind.time += time
        var catchUp: LogAdvance.CatchUp?
        if !isBehind {
            if behind.bytes > ReadBudget.largest { catchUp = behind }
            behind = .init(bytes: 0, time: .zero)
        }
        let reading = reader.takeReading()
        let isNewCondition = report.map { $0.condition != condition || $0.isAtEnd && !wasAtEnd } ?? false
        wasAtEnd = report?.isAtEnd ?? false
        condition = report?.condition ?? condition
        guard hasChanged || isNewCondition || !reading.levels.isEmpty || catchUp != nil else { return nil }
        defer { hasChanged = false }
        return LogAdvance(
            log: Int(number),
            reading: reading,
            state: hasChanged || isNewCondition
                ? StoredLog.encode(cursors: cursors, readerState: reader.encodeState()) : nil,
            report: report,
            bytesBehind: cursors.reduce(0) { sum, cursor in
                sum.addingSaturated(cursor.knownSize > cursor.offset ? cursor.knownSize - cursor.offset : 0)
            },
            catchUp: catchUp
        )
    }
}
