import Configuration
import Database
import Journal
import LogBatches
import Logging
import Mail
import SSH

/// The threads that carry off what the journal holds.
extension Monitoring {
    struct RunningDrain {
        var name: DrainName
        var settings: DrainSettings
        var signal: DrainSignal
        /// Ends its waits for a receiver at once.
        var interrupt: Interrupt
        var thread: NamedThread
    }

    /// What runs under the configuration as it is.
    func drainSettings() throws -> [DrainName: DrainSettings] {
        DrainSettings.all(configuration, hasFiles: try journal.batchDiskUse().files > 0)
    }

    /// Starts those that do not run yet.
    func startDrains() throws {
        let running = Set(drains.map(\.name))
        for (name, settings) in try drainSettings().sorted(by: { $0.key < $1.key }) where !running.contains(name) {
            guard !hangs(name) else { continue }
            let (signal, interrupt) = (signals.make(name), Interrupt())
            let body = try body(of: settings, signal: signal, interrupt: interrupt)
            let thread = try NamedThread(name: "\(name)", body)
            drains.append(
                RunningDrain(name: name, settings: settings, signal: signal, interrupt: interrupt, thread: thread)
            )
        }
        if configuration.smtp == nil { try discardNotifications() }
    }

    private func body(
        of settings: DrainSettings,
        signal: DrainSignal,
        interrupt: Interrupt
    ) throws -> @Sendable () -> Void {
        switch settings {
        case .delivery(let delivery): deliver(delivery, signal, interrupt)
        case .housekeeping(let stores, let isSummarized): keepHouse(stores, isSummarized, signal)
        case .summary(let summary, let domain, let deliveries, let logs):
            { [journal, budget, logger, signals] in
                SummaryDrain(
                    settings: summary,
                    domain: domain,
                    journal: journal,
                    deliveries: deliveries,
                    logs: logs,
                    budget: budget,
                    signal: signal,
                    logger: logger,
                    onQueue: { signals.ring(.mail) }
                ).run()
            }
        case .upkeep(let database, let retention): try keepUp(database, retention, signal)
        case .database(let database, let commands): store(in: database, commands, signal)
        case .mail(let smtp):
            { [journal, logger, groupingWindow] in
                MailDrain(
                    settings: smtp,
                    journal: journal,
                    signal: signal,
                    logger: logger,
                    groupingWindow: groupingWindow
                ).run()
            }
        }
    }

    private func deliver(
        _ delivery: DeliverySettings,
        _ signal: DrainSignal,
        _ interrupt: Interrupt
    ) -> @Sendable () -> Void {
        let folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        return { [journal, logger, mailbox] in
            DeliveryDrain(
                settings: delivery,
                journal: journal,
                folder: folder,
                signal: signal,
                interrupt: interrupt,
                logger: logger,
                report: { mailbox.post($0) }
            ).run()
        }
    }

    private func keepHouse(
        _ stores: [LogName: StoreSettings],
        _ isSummarized: Bool,
        _ signal: DrainSignal
    ) -> @Sendable () -> Void {
        let folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        return { [journal, budget, logger, mailbox] in
            Housekeeper(
                stores: stores,
                journal: journal,
                folder: folder,
                budget: budget,
                isSummarized: isSummarized,
                signal: signal,
                logger: logger,
                report: { mailbox.post($0) }
            ).run()
        }
    }

    private func keepUp(
        _ database: DatabaseSettings?,
        _ retention: RetentionSettings,
        _ signal: DrainSignal
    ) throws -> @Sendable () -> Void {
        // The database's drain starts a server of our own, and ends it.
        let embedded = "\(configuration.stateDirectory)/mariadb"
        let settings = try database ?? EmbeddedServer(directory: embedded).settings
        let isOnce = mode == .once
        return { [logger] in
            DatabaseUpkeep(settings: settings, retention: retention, signal: signal, logger: logger, isOnce: isOnce)
                .run()
        }
    }

    private func store(
        in database: DatabaseSettings?,
        _ commands: [String],
        _ signal: DrainSignal
    ) -> @Sendable () -> Void {
        let state = configuration.stateDirectory
        let target: DatabaseDrain.Target =
            database.map { .server($0) } ?? .embedded(directory: "\(state)/mariadb")
        let ending = mode == .once ? Duration.seconds(20) : .seconds(2)
        return { [journal, logger, drainTrouble] in
            DatabaseDrain(
                target: target,
                journal: journal,
                signal: signal,
                trouble: drainTrouble,
                logger: logger,
                commands: commands,
                asideFolder: "\(state)/set-aside"
            ).run(endingServerWithin: ending)
        }
    }

    /// Nobody will make mails of what waits from a time with an `<smtp>`; weeks later it would be no news. Mails that
    /// are made already are few and promised: they stay, are shown by `status`, and go out under their own date when
    /// there is an `<smtp>` again.
    private func discardNotifications() throws {
        let discarded = try journal.discardNotifications()
        let waiting = try journal.outboxSummary().waiting
        guard discarded + waiting > 0 else { return }
        logger.warning(
            """
            there is no <smtp>: \(discarded) notifications of alerts are discarded; \(waiting) mails stay in the outbox \
            until there is one again
            """
        )
    }

    // MARK: Ending

    /// Asks them to end, and waits for that. A thread that hangs in a library beyond its deadline is left behind: what it
    /// was carrying is in the journal.
    ///
    /// - Parameters:
    ///   - names: of those that are to end.
    ///   - deadline: for what they still carry.
    ///   - patience: how long one may take to end behind that.
    func endDrains(
        where names: (DrainName) -> Bool,
        by deadline: ContinuousClock.Instant,
        patience: Duration
    ) {
        let ending = drains.filter { names($0.name) }
        drains.removeAll { names($0.name) }
        for drain in ending { drain.signal.finish(by: deadline) }
        for drain in ending where !hasEnded(drain, patience: patience) {
            // When all is to end, it was raised before.
            if !interrupt.isRaised {
                drain.interrupt.raise()
                guard !drain.thread.join(until: .now + Self.interruptedEnd) else { continue }
            }
            logger.warning("the \(drain.name) thread does not end; what it carries stays in the journal")
            hangingDrains.append(drain)
        }
    }

    /// For a drain to end that waits for its receiver no more.
    private static let interruptedEnd = Duration.milliseconds(500)

    /// Whether a drain of the name was to end and has not: two would carry the same at the same time.
    func hangs(_ name: DrainName) -> Bool {
        hangingDrains.removeAll { $0.name == name && $0.thread.join(until: .now) }
        return hangingDrains.contains { $0.name == name }
    }

    /// Waits for a drain to end; the time for that shrinks when `--once` is cancelled meanwhile.
    private func hasEnded(_ drain: RunningDrain, patience: Duration) -> Bool {
        while let deadline = drain.signal.deadline {
            let end = deadline + (interrupt.isRaised ? min(patience, Self.drainEnd) : patience)
            if drain.thread.join(until: min(end, .now + .milliseconds(250))) { return true }
            if ContinuousClock.now >= end { break }
        }
        return false
    }
}
