import AccessLogs
import Alerts
import Configuration
import Journal
import LogBatches
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
    private let path: String
    private var reader: LogReader
    private var cursors: [LogCursor]
    private var condition: LogReport.Condition?
    private var wasAtEnd = false
    private var hasChanged = false
    private var behind = LogAdvance.CatchUp(bytes: 0, time: .zero)
    private var longLines: UInt64 = 0

    /// Where its lines are stored; nil where they are only counted.
    private let writer: BatchWriter?
    /// What a request began with: all of it is given back when its lines cannot be stored.
    private var former: Former?
    private var storingFailure: String?
    /// By this request.
    private(set) var storedBytes: UInt64 = 0
    private var heldBack: String?

    private struct Former {
        var reader: LogReader
        var cursors: [LogCursor]
        var behind: LogAdvance.CatchUp
        var hasChanged: Bool
    }

    /// How far ahead of the host's clock a line's time may be; beyond it the line goes by its arrival.
    private static let believableLead: Int64 = 3_600_000

    /// - Parameters:
    ///   - rules: all of the host's.
    ///   - stored: the log's state in the journal, with its windows.
    ///   - writer: for a log with a `<store>`.
    init(
        number: Int,
        settings: LogSettings,
        rules: [AlertRule],
        stored: StoredLog?,
        writer: BatchWriter? = nil,
        now: ContinuousClock.Instant
    ) {
        self.writer = writer
        self.number = UInt16(number)
        schedule = PollSchedule(interval: settings.interval, first: now)
        path = settings.path
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
            storeWindow: writer == nil ? nil : settings.store?.window,
            counting: .windows
        )
        cursors = stored?.cursors ?? []
        guard let stored else { return }
        // A reader that cannot be resumed begins with the lines that come now: none is lost, none is counted twice.
        try? reader.resume(from: stored.readerState, windows: stored.windows)
    }

    var request: LogRead { LogRead(log: number, start: start, cursors: cursors) }

    /// Whether its lines are kept, which takes room.
    var isStored: Bool { writer != nil }

    /// A request is made for it.
    mutating func begin(at now: ContinuousClock.Instant) {
        if schedule.isDue(at: now) { schedule.begin(at: now) }
        guard writer != nil else { return }
        storingFailure = nil
        storedBytes = 0
        former = Former(reader: reader, cursors: cursors, behind: behind, hasChanged: hasChanged)
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

    /// - Parameter skew: the host's clock minus ours, in milliseconds.
    mutating func take(_ chunk: LogChunk, at arrival: Timestamp, skew: Int64 = 0) {
        // What is behind lines that could not be stored comes again with them.
        guard storingFailure == nil else { return }
        reader.latestBelievableTime = Timestamp(milliseconds: arrival.milliseconds + skew + Self.believableLead)
        reader.read(chunk, arrival: arrival)
        if let writer {
            do {
                try chunk.bytes.withUnsafeBytes { bytes in
                    try writer.append(
                        bytes,
                        segments: reader.takeSegments(),
                        header: reader.header(ofFile: chunk.fileNumber),
                        arrival: arrival,
                        skewMilliseconds: skew
                    )
                }
            } catch {
                storingFailure = "\(error)"
                return
            }
            longLines += UInt64(chunk.longLines)
            storedBytes += UInt64(chunk.bytes.count)
        }
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
        if let writer {
            if storingFailure == nil {
                do { try writer.sync() } catch { storingFailure = "\(error)" }
            }
            if let storingFailure { return giveBack(because: storingFailure) }
            former = nil
            if heldBack != nil {
                heldBack = nil
                hasChanged = true
            }
        }
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
            bytesBehind: bytesBehind,
            catchUp: catchUp,
            losses: (report?.losses ?? []) + takeLongLines(),
            batches: writer?.takeProgress() ?? [],
            findings: writer?.takeFindings() ?? []
        )
    }

    private var bytesBehind: UInt64 {
        cursors.reduce(0) { sum, cursor in
            sum.addingSaturated(cursor.knownSize > cursor.offset ? cursor.knownSize - cursor.offset : 0)
        }
    }
}

// MARK: - Storing

extension FollowedLog {
    /// Its lines cannot be stored: it is not asked for, until there is room again.
    ///
    /// - Returns: nil where the recorder knows.
    mutating func holdBack(because reason: String, at now: ContinuousClock.Instant) -> LogAdvance? {
        if schedule.isDue(at: now) { schedule.begin(at: now) }
        return holdBack(because: reason)
    }

    private mutating func holdBack(because reason: String) -> LogAdvance? {
        isBehind = false
        wasAtEnd = false
        guard heldBack != reason else { return nil }
        heldBack = reason
        return LogAdvance(
            log: Int(number),
            reading: reader.takeReading(),
            bytesBehind: bytesBehind,
            heldBack: reason
        )
    }

    /// Nothing of the request counts: neither the lines that were stored nor those that were not.
    private mutating func giveBack(because reason: String) -> LogAdvance? {
        writer?.rollBack()
        if let former {
            reader = former.reader
            cursors = former.cursors
            behind = former.behind
            hasChanged = former.hasChanged
        }
        former = nil
        storingFailure = nil
        storedBytes = 0
        longLines = 0
        return holdBack(because: reason)
    }

    private mutating func takeLongLines() -> [LogLoss] {
        guard longLines > 0 else { return [] }
        defer { longLines = 0 }
        return [LogLoss(cause: .tooLong, file: path, bytes: nil)]
    }

    /// When the next of its batches is to be closed; nil where none is open.
    func nextClose(skew: Int64) -> Timestamp? { writer?.nextClose(skewMilliseconds: skew, isBehind: isBehind) }

    /// Closes the batches whose time is over. Also while the host is away: what it still has of them becomes further parts.
    mutating func closeBatches(at now: Timestamp, skew: Int64) -> (batches: [LogBatch], findings: [BatchFinding]) {
        guard let writer else { return ([], []) }
        writer.closeDue(now: now, skewMilliseconds: skew, isBehind: isBehind)
        return (writer.takeProgress(), writer.takeFindings())
    }
}
