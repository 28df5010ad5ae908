import Configuration
import Foundation
import Journal
import Logging
import Wire

/// Makes a summary of each hour and puts it into the outbox, on a thread of its own.
///
/// The mail and the moment up to which it tells are one transaction of the journal, and its Message-ID is made of the
/// journal's id and the period: whatever breaks off in between, each period is told of once.
final class SummaryDrain {
    /// However far the next summary is: the clock may be set meanwhile.
    private static let longestWait = Duration.seconds(30)

    private let settings: SummarySettings
    private let schedule: SummarySchedule
    private let domain: String
    private let journal: Journal
    private let deliveries: [String]
    private let logs: Set<LogName>
    private let budget: DiskBudget?
    private let signal: DrainSignal
    private let logger: Logger
    private let clock: () -> Timestamp
    private let onQueue: @Sendable () -> Void
    private var lastError: String?

    /// - Parameters:
    ///   - domain: of the sender's address, for the Message-ID.
    ///   - deliveries: names, in the order of the configuration.
    ///   - logs: those that are stored; one without lines is silent.
    ///   - budget: nil where nothing is stored.
    ///   - onQueue: called behind each transaction that has put a mail into the outbox.
    init(
        settings: SummarySettings,
        domain: String,
        journal: Journal,
        deliveries: [String],
        logs: Set<LogName>,
        budget: DiskBudget?,
        signal: DrainSignal,
        logger: Logger,
        clock: @escaping () -> Timestamp = { .now },
        onQueue: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        schedule = SummarySchedule(at: settings.at)
        self.domain = domain
        self.journal = journal
        self.deliveries = deliveries
        self.logs = logs
        self.budget = budget
        self.signal = signal
        self.logger = logger
        self.clock = clock
        self.onQueue = onQueue
    }

    /// Blocks until the signal says to finish.
    func run() {
        repeat {
            var wait = Self.longestWait
            do {
                wait = min(try step(), wait)
                lastError = nil
            } catch {
                // The same trouble again is no news.
                let text = "\(error)"
                logger.log(
                    level: text == lastError ? .debug : .error,
                    "\(text) The summary is made as soon as that is mended."
                )
                lastError = text
                wait = .seconds(5)
            }
            signal.pause(for: wait)
        } while signal.deadline == nil
    }

    /// Does what is due. - Returns: for how long nothing is.
    func step() throws -> Duration {
        let now = clock()
        let sentThrough = try journal.summarySentThrough()
        switch schedule.action(now: now, sentThrough: sentThrough) {
        case .wait(let until):
            return .milliseconds(max(until.milliseconds - now.milliseconds, 1))
        case .begin(let at):
            try journal.setSummarySentThrough(at)
            logger.info("summaries tell of what is from \(SummaryText.minute(at)) UTC on")
        case .beginAnew(let at):
            try journal.setSummarySentThrough(at)
            logger.warning(
                """
                the last summary told of what was until \(sentThrough.map(SummaryText.minute) ?? "never"), which is in the \
                future: the clock was set. Summaries go on from \(SummaryText.minute(at)) UTC.
                """
            )
        case .make(let from, let to):
            try queue(summary(from: from, to: to, at: now), at: now)
        }
        return .zero
    }

    private func summary(from: Timestamp, to: Timestamp, at now: Timestamp) throws -> HourlySummary {
        let disk = budget.map {
            HourlySummary.Disk(
                usedBytes: $0.used,
                budget: $0.budget,
                freeBytes: $0.space?.free,
                isStopped: !$0.mayPull
            )
        }
        return try HourlySummary(
            from: from,
            to: to,
            madeAt: now,
            journal: journal,
            deliveries: deliveries,
            logs: logs,
            disk: disk
        )
    }

    private func queue(_ summary: HourlySummary, at now: Timestamp) throws {
        let document = summary.document
        let content = QueuedMail(
            recipients: settings.recipients,
            body: document.plainText,
            html: document.html
        )
        let period = "\(summary.from.milliseconds / 1_000)-\(summary.to.milliseconds / 1_000)"
        let mail = OutboxMail(
            messageID: "summary-\(try journal.identity()).\(period)@\(domain)",
            recipients: settings.recipients,
            subject: summary.subject,
            content: [UInt8](try JSONEncoder().encode(content)),
            createdAt: now
        )
        try journal.queueSummary(mail, through: summary.to)
        logger.info("summary made: \(summary.subject)")
        onQueue()
    }
}
