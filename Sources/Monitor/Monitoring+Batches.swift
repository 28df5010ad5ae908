import Alerts
import Configuration
import Journal
import LogBatches
import Logging
import Wire

/// Log collection: the state of batch files at the start and when logs go.
extension Monitoring {
    /// Mends what a crash left of the batch files, and makes what host threads write them with.
    ///
    /// - Returns: nil where no log has a `<store>`. What is there from an earlier configuration is mended all the same.
    func startStorage() throws -> LogStorage? {
        let logs = configuration.stores.keys.map { BatchRecovery.StoredLog(host: $0.host, log: $0.log) }
        let folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        let batches = try journal.batchesToSettle()
        let recovery = try BatchRecovery.recover(folder: folder, batches: batches, stored: Set(logs), now: .now)
        report(recovery)
        try tellUnknownDeliveries()
        guard !logs.isEmpty else { return nil }
        let mended = Dictionary(recovery.batches.map { ($0.id, $0) }) { _, newest in newest }
        let open = batches.map { mended[$0.id] ?? $0 }.filter { $0.state == .open }
        return logStorage(open: open)
    }

    /// - Parameter open: those that lines are appended to, as they are now.
    func logStorage(open: [LogBatch]) -> LogStorage {
        LogStorage(
            folder: BatchFolder(stateDirectory: configuration.stateDirectory),
            journal: journal,
            budget: budget,
            open: Dictionary(grouping: open) { LogName(host: $0.host, log: $0.log) }
        )
    }

    /// Has what was mended recorded.
    func report(_ recovery: BatchRecovery) {
        for finding in recovery.findings { logger.log(level: finding.isAltered ? .error : .notice, "\(finding)") }
        let altered = recovery.findings.filter(\.isAltered).map { ServiceEvent.altered(AlteredBatch($0)) }
        guard !recovery.batches.isEmpty || !altered.isEmpty else { return }
        mailbox.post(ServiceReport(at: .now, batches: recovery.batches, events: altered))
    }

    /// Nobody carries them, and nothing removes them.
    func tellUnknownDeliveries() throws {
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

    /// What the recorder keeps of metricsd itself under a configuration.
    static func recordedService(of configuration: ServerConfiguration, restored: [AlertState]) -> RecordedService {
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
            maintenance: configuration.maintenance,
            folder: BatchFolder(stateDirectory: configuration.stateDirectory)
        )
    }
}
