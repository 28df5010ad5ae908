import Alerts
import CLinux
import Journal
import LogBatches
import Logging
import Wire

/// Compresses batch files, removes those past their retention, and keeps an eye on the disk, on a thread of its own.
///
/// It only touches what nobody else works on: batches that are delivered, or need not be. One that is undelivered or failed
/// is never removed, however old it is and however full the disk.
///
///     compress:  NAME.gz beside NAME ─► reported ─► in the journal ─► NAME removed
///     remove:    NAME put out of the way ─► reported ─► forgotten by the journal ─► removed
///
/// So a crash in between loses neither file nor record: `BatchRecovery` goes back to what the journal says.
final class Housekeeper {
    /// Between two looks at the disk.
    private static let look = Duration.seconds(5)
    /// Between two rounds.
    private static let round = Duration.seconds(60)
    /// Between two searches for files that somebody removed.
    private static let search = Duration.seconds(3_600)
    /// What happened to alerts, for summaries.
    private static let eventsKept = Duration.seconds(3 * 86_400)

    private let stores: [LogName: StoreSettings]
    let journal: Journal
    let folder: BatchFolder
    let budget: DiskBudget
    private let isSummarized: Bool
    let signal: DrainSignal
    let logger: Logger
    private let report: @Sendable (ServiceReport) -> Void
    private let clock: () -> ClockReading

    /// What was reported and is to be ended once the journal has it.
    var pending: [Int64: PendingStep] = [:]
    /// Files that were found not to be what was sent; nothing is done with them before their time is over.
    var untouchable: Set<Int64> = []
    var tally = HousekeepingTally()
    private var nextLook = ContinuousClock.now
    private var nextRound = ContinuousClock.now
    private var nextSearch = ContinuousClock.now
    private var lastError: String?

    /// - Parameters:
    ///   - stores: of the logs that are stored now; batches of others are kept as long as is usual.
    ///   - isSummarized: a batch stays until the summary of the time in which it was closed is made.
    ///   - report: takes what the recorder has to put into the journal.
    init(
        stores: [LogName: StoreSettings],
        journal: Journal,
        folder: BatchFolder,
        budget: DiskBudget,
        isSummarized: Bool,
        signal: DrainSignal,
        logger: Logger,
        clock: @escaping () -> ClockReading = { .now },
        report: @escaping @Sendable (ServiceReport) -> Void
    ) {
        self.stores = stores
        self.journal = journal
        self.folder = folder
        self.budget = budget
        self.isSummarized = isSummarized
        self.signal = signal
        self.logger = logger
        self.clock = clock
        self.report = report
    }

    /// Blocks until the signal says to finish; a round that has begun ends behind the file it is at.
    func run() {
        linux_lower_thread_priority()
        repeat {
            tick()
            signal.pause(for: Self.look)
        } while signal.deadline == nil
    }

    /// One look, and a round when it is time for one.
    func tick() {
        attempt {
            try watchDisk()
            try endPending()
            guard ContinuousClock.now >= nextRound else { return }
            nextRound = .now + Self.round
            try makeRound()
        }
    }

    /// Everything that is due now.
    func makeRound() throws {
        tally = HousekeepingTally()
        defer { if let text = tally.text { logger.info("housekeeping: \(text)") } }
        let now = clock().wall
        let names = try journal.logsWithBatches().sorted { ($0.host, $0.log) < ($1.host, $1.log) }
        let sentThrough = isSummarized ? try journal.summarySentThrough() ?? Timestamp(milliseconds: .min) : now
        for name in names { try remove(name, at: now, sentThrough: sentThrough) }
        if ContinuousClock.now >= nextSearch {
            nextSearch = .now + Self.search
            for name in names { try search(name, at: now) }
            try journal.pruneAlertEvents(before: now - Self.eventsKept)
        }
        for name in names { try compress(name, at: now) }
    }

    func settings(of name: LogName) -> StoreSettings { stores[name] ?? StoreSettings(prefix: name.log) }

    func isStored(_ name: LogName) -> Bool { stores[name] != nil }

    func tell(_ batches: [LogBatch] = [], removed: [LogBatch] = [], events: [ServiceEvent] = []) {
        guard !batches.isEmpty || !removed.isEmpty || !events.isEmpty else { return }
        report(ServiceReport(at: clock(), batches: batches, removed: removed, events: events))
    }

    /// Also in the middle of a long file.
    func watchDisk() throws {
        guard ContinuousClock.now >= nextLook else { return }
        nextLook = .now + Self.look
        if let event = budget.refresh(stored: try journal.batchDiskUse().bytes) { tell(events: [event]) }
    }

    /// The same trouble again is no news.
    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
            lastError = nil
        } catch {
            let text = "\(error)"
            logger.log(level: text == lastError ? .debug : .error, "housekeeping: \(text)")
            lastError = text
        }
    }
}

/// What was begun, reported, and is ended once the journal has it.
enum PendingStep {
    /// The compressed file is there; the plain one goes.
    case compressed(LogBatch)
    /// The file is out of the way, and goes.
    case removed(LogBatch)
    /// The file moves to where its new state wants it.
    case failed(LogBatch)
}

/// What a round has done.
struct HousekeepingTally: Equatable, Sendable {
    var removedFiles = 0
    var removedBytes: UInt64 = 0
    var compressedFiles = 0
    var plainBytes: UInt64 = 0
    var compressedBytes: UInt64 = 0

    /// Nil where it has done nothing.
    var text: String? {
        func size(_ bytes: UInt64) -> String { ValueText.short(Double(bytes), unit: "bytes") }
        var parts: [String] = []
        if removedFiles > 0 {
            parts.append(
                "removed \(SummaryText.count(removedFiles, "file")) past their retention (\(size(removedBytes)))"
            )
        }
        if compressedFiles > 0 {
            parts.append(
                "compressed \(SummaryText.count(compressedFiles, "file")) (\(size(plainBytes)) to \(size(compressedBytes)))"
            )
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
