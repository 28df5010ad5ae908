import Alerts
import Database
import LogBatches
import Wire

extension Recorder {
    /// Takes what a delivery or the housekeeping has done, and what that does to alerts.
    func record(_ report: ServiceReport, in group: inout Group) {
        let at = clockWatch.current(report.at)
        record(report.batches, at: at, in: &group)
        for batch in report.removed {
            group.batches[batch.id] = nil
            group.removedBatches.append(batch.id)
            // It may have been the last that failed.
            if let delivery = batch.delivery { group.deliveries.insert(delivery) }
            group.batch.add(LogBatchRow(batch, path: service.path(of: batch), removedAt: at))
        }
        for event in report.events { apply(service.alerts.observe(event, at: at), to: nil, in: &group) }
    }

    /// Takes batches as they stand now, with their rows, and tells what is wrong with files.
    func record(_ batches: [LogBatch], _ findings: [BatchFinding] = [], at now: Timestamp, in group: inout Group) {
        for batch in batches {
            group.batches[batch.id] = batch
            if let delivery = batch.delivery, batch.state != .open { group.deliveries.insert(delivery) }
            if service.isRowDue(of: batch, at: group.at) {
                group.batch.add(LogBatchRow(batch, path: service.path(of: batch)))
            }
        }
        for finding in findings where finding.isAltered {
            apply(service.alerts.observe(.altered(AlteredBatch(finding)), at: now), to: nil, in: &group)
        }
    }
}

extension AlteredBatch {
    init(_ finding: BatchFinding) {
        self.init(
            host: finding.host,
            log: finding.log,
            path: finding.path,
            finding: "\(finding.text). \(finding.mend).",
            delivery: finding.delivery
        )
    }
}
