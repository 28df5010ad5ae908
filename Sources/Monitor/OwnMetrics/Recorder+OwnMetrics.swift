import Alerts
import Database
import Journal
import Logging
import Wire

extension Recorder {
    /// Once a minute: how metricsd itself fares, as rows, and whether the journal grows.
    func recordOwnMetrics(in group: inout Group) {
        let now = clock()
        guard own.isDue(at: now) else { return }
        do throws(JournalError) {
            // Before what begins anew when it is read.
            let (backlog, outbox) = (try journal.backlog(), try journal.outboxSummary())
            let samples = own.take(
                at: now,
                polls: counters.takeForMetrics(),
                states: hosts.map(\.state.state),
                backlog: backlog,
                outbox: outbox
            )
            group.batch.add(own.row(at: group.at))
            group.batch.add(samples, host: ServiceAlerts.host, collectedAt: group.at, numbers: own.numbers)
            let condition = JournalCondition(
                records: UInt64(clamping: backlog.count),
                bytes: UInt64(clamping: backlog.bytes),
                oldest: backlog.oldest,
                reason: drainTrouble.text
            )
            apply(service.alerts.observe(.journal(condition), at: group.at), to: nil, in: &group)
        } catch {
            own.skip(at: now)
            logger.warning("the metrics of metricsd itself are missing for this minute: \(error)")
        }
    }
}
