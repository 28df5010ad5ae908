import Alerts
import Configuration
import Journal
import LogBatches
import Logging
import Mail
import SSH
import Wire

/// Log collection: the state of batch files at the start, and the threads that carry them on.
extension Monitoring {
    /// Mends what a crash left of the batch files, and makes what host threads write them with.
    ///
    /// - Returns: nil where no log has a `<store>`. What is there from an earlier configuration is mended all the same.
    func startStorage() throws -> LogStorage? {
        let logs = configuration.hosts.flatMap { host in
            host.logs.filter { $0.store != nil }.map { BatchRecovery.StoredLog(host: host.name, log: $0.name) }
        }
        let folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        let batches = try journal.batchesToSettle()
        let recovery = try BatchRecovery.recover(folder: folder, batches: batches, stored: Set(logs), now: .now)
        for finding in recovery.findings { logger.log(level: finding.isAltered ? .error : .notice, "\(finding)") }
        let altered = recovery.findings.filter(\.isAltered).map { ServiceEvent.altered(AlteredBatch($0)) }
        if !recovery.batches.isEmpty || !altered.isEmpty {
            mailbox.post(ServiceReport(at: .now, batches: recovery.batches, events: altered))
        }
        try tellUnknownDeliveries()
        guard !logs.isEmpty else { return nil }
        let mended = Dictionary(recovery.batches.map { ($0.id, $0) }) { _, newest in newest }
        let open = batches.map { mended[$0.id] ?? $0 }.filter { $0.state == .open }
        return LogStorage(
            folder: folder,
            journal: journal,
            budget: budget,
            open: Dictionary(grouping: open) { LogName(host: $0.host, log: $0.log) }
        )
    }

    /// Nobody carries them, and nothing removes them.
    private func tellUnknownDeliveries() throws {
        let names = Set(configuration.deliveries.map(\.name))
        for (name, count) in try journal.undeliveredBatches().sorted(by: { $0.key < $1.key })
        where !names.contains(name) {
            logger.warning(
                """
                \(count) batches wait for the delivery \(name), which is not in the configuration any more. They are kept \
                until it is there again, or until their files are removed by hand.
                """
            )
        }
    }

    /// What the recorder keeps of metricsd itself.
    func recordedService(restored: [AlertState]) -> RecordedService {
        let recipients = Set(configuration.deliveries.flatMap(\.recipients) + configuration.recipients)
        return RecordedService(
            alerts: ServiceAlerts(
                deliveries: configuration.deliveries.map { delivery in
                    ServiceAlerts.Delivery(
                        name: delivery.name,
                        rules: delivery.alerts,
                        recipients: delivery.recipients,
                        retry: delivery.retry
                    )
                },
                budgetRecipients: recipients.sorted(),
                folder: "\(configuration.stateDirectory)/logs",
                restored: restored
            ),
            folder: BatchFolder(stateDirectory: configuration.stateDirectory)
        )
    }

    /// Starts a thread for each delivery, the housekeeping, and the summary.
    func startKeepers() throws {
        let folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        let report: @Sendable (ServiceReport) -> Void = { [mailbox] in mailbox.post($0) }
        for delivery in configuration.deliveries {
            guard let signal = deliverySignals[delivery.name] else { continue }
            try startKeeper("to \(delivery.name)", signal: signal) { [journal, interrupt, logger] in
                DeliveryDrain(
                    settings: delivery,
                    journal: journal,
                    folder: folder,
                    signal: signal,
                    interrupt: interrupt,
                    logger: logger,
                    report: report
                ).run()
            }
        }
        try startHousekeeping(in: folder, report: report)
        try startSummaries()
    }

    /// Also where no log is stored any more: what is there is kept for its time.
    private func startHousekeeping(
        in folder: BatchFolder,
        report: @escaping @Sendable (ServiceReport) -> Void
    ) throws {
        var stores: [LogName: StoreSettings] = [:]
        for host in configuration.hosts {
            for log in host.logs { stores[LogName(host: host.name, log: log.name)] = log.store }
        }
        guard try !stores.isEmpty || journal.batchDiskUse().files > 0 else { return }
        let signal = DrainSignal()
        let isSummarized = configuration.summary != nil && configuration.smtp != nil
        try startKeeper("housekeeping", signal: signal) { [journal, budget, logger, stores] in
            Housekeeper(
                stores: stores,
                journal: journal,
                folder: folder,
                budget: budget,
                isSummarized: isSummarized,
                signal: signal,
                logger: logger,
                report: report
            ).run()
        }
    }

    private func startSummaries() throws {
        guard let summary = configuration.summary, let smtp = configuration.smtp else { return }
        let logs = Set(
            configuration.hosts.flatMap { host in
                host.logs.filter { $0.store != nil }.map { LogName(host: host.name, log: $0.name) }
            }
        )
        let deliveries = configuration.deliveries.map(\.name)
        let signal = DrainSignal()
        try startKeeper("summary", signal: signal) { [journal, budget, logger, mailSignal] in
            SummaryDrain(
                settings: summary,
                domain: smtp.from.domain,
                journal: journal,
                deliveries: deliveries,
                logs: logs,
                budget: budget,
                signal: signal,
                logger: logger,
                onQueue: mailSignal.ring
            ).run()
        }
    }
}
