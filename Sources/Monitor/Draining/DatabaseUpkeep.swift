import Configuration
import Database
import Logging
import Wire

/// Rolls samples up each hour and takes away what is past its time, on a thread with a connection of its own: the drain
/// goes on meanwhile.
///
/// What there is to do stands in the database. So nothing is lost when this is broken off, and nothing is done while the
/// database is away.
final class DatabaseUpkeep {
    /// How often it looks whether an hour is over.
    private static let pace = Duration.seconds(30)
    /// Until a day is tried again that somebody's transaction held.
    private static let heldUpPause = Duration.seconds(60)
    /// After that long, it is said.
    private static let patience = Duration.seconds(3_600)

    private let settings: DatabaseSettings
    private let retention: RetentionSettings
    private let signal: DrainSignal
    private let logger: Logger
    private let isOnce: Bool
    private var backoff = Backoff(first: .seconds(1), limit: .seconds(300))
    private var generator = SystemRandomNumberGenerator()
    private var lastError: String?
    /// Whether somebody was told of trouble that lasts.
    private var isTold = false
    private var told: Set<String> = []
    private var heldUpSince: ContinuousClock.Instant?
    /// The hour that was rolled up last, in hours since 1970.
    private var lastHour: Int64?

    /// - Parameters:
    ///   - settings: of a server that this thread neither starts nor ends.
    ///   - isOnce: one run, which goes on when the program is told to end, as far as the deadline allows.
    init(
        settings: DatabaseSettings,
        retention: RetentionSettings,
        signal: DrainSignal,
        logger: Logger,
        isOnce: Bool = false
    ) {
        self.settings = settings
        self.retention = retention
        self.signal = signal
        self.logger = logger
        self.isOnce = isOnce
    }

    /// Blocks until the signal says to finish.
    func run() {
        while !isEnding {
            let pause: Duration
            do throws(DatabaseError) {
                pause = try runWhereDue()
                if isTold { logger.notice("database: samples are summed up again") }
                isTold = false
                lastError = nil
                backoff.reset()
            } catch {
                tell(error)
                pause = backoff.next(using: &generator)
            }
            if isOnce, lastHour != nil || signal.deadline != nil { return }
            signal.pause(for: pause)
        }
    }

    private var isEnding: Bool { isOnce ? signal.isOver : signal.deadline != nil }

    /// - Returns: how long to wait.
    private func runWhereDue() throws(DatabaseError) -> Duration {
        let now = Timestamp.now
        let hour = (now.milliseconds - Upkeep.grace.components.seconds * 1_000) / 3_600_000
        guard hour != lastHour else { return Self.pace }
        let connection = try MySQLConnection(settings)
        // The drain makes the tables.
        guard try Schema.isComplete(connection) else { return .seconds(1) }
        let begin = ContinuousClock.now
        // What it removes is gone, so a clock that is ahead must not decide alone.
        let time = min(now, try connection.serverTime())
        let upkeep = Upkeep(connection, retention) { [signal, isOnce] in
            isOnce ? signal.isOver : signal.deadline != nil
        }
        // Another metricsd is at it; it may also be about to end.
        guard let outcome = try upkeep.run(now: time) else { return .seconds(300) }
        tell(outcome, took: begin.duration(to: .now))
        if outcome.isHeldUp { return Self.heldUpPause }
        if outcome.isComplete { lastHour = hour }
        return Self.pace
    }

    private func tell(_ outcome: UpkeepOutcome, took: Duration) {
        let removed = outcome.removedRows.values.reduce(0, +)
        let work =
            (outcome.hours + outcome.days > 0 ? ["samples are summed up"] : [])
            + (outcome.droppedDays.count > 0 || removed > 0 ? ["rows past their time are removed"] : [])
        if !work.isEmpty {
            logger.info(
                "database: \(work.joined(separator: ", "))",
                metadata: [
                    "hours": "\(outcome.hours)", "days": "\(outcome.days)",
                    "dropped": "\(outcome.droppedDays.joined(separator: ","))", "rows_removed": "\(removed)",
                    "took": "\(Int((took / .milliseconds(1)).rounded()))ms",
                ]
            )
        }
        for objection in outcome.objections where told.insert(objection).inserted {
            logger.warning("database \(settings.server): \(objection).")
        }
        guard outcome.isHeldUp else {
            heldUpSince = nil
            return
        }
        let since = heldUpSince ?? .now
        heldUpSince = since
        let text = "database \(settings.server): a day of samples is not dropped"
        if since.duration(to: .now) > Self.patience, told.insert(text).inserted {
            logger.warning(
                """
                \(text): somebody's transaction has held the table for an hour. It is tried again each minute; look for \
                the transaction with SHOW PROCESSLIST and end it.
                """
            )
        }
    }

    /// Once for each new kind of trouble. That the server is away tells the drain.
    private func tell(_ error: DatabaseError) {
        let text = "\(error)"
        let isNew = text != lastError && !error.isConnectionLost && signal.deadline == nil
        logger.log(
            level: isNew ? .error : .debug,
            "\(text) Samples are not summed up and no old rows are removed meanwhile; none is lost."
        )
        lastError = text
        isTold = isTold || isNew
    }
}
