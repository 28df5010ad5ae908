import AccessLogs
import Alerts
import Database
import Journal
import Wire

extension Recorder {
    /// Takes what a reading of a log brought: how far it got, what its lines became and what that does to alerts.
    ///
    /// - Parameter clockStep: how far the server's clock was set since the advance was made, in milliseconds.
    func record(_ advance: LogAdvance, of index: Int, at now: Timestamp, clockStep: Int64, in group: inout Group) {
        guard hosts[index].logs.indices.contains(advance.log) else { return }
        let name = hosts[index].logs[advance.log].name
        let before = hosts[index].logs[advance.log].status
        let reading = hosts[index].logs[advance.log].take(advance)
        log(hosts[index].logs[advance.log].news(of: advance, before: before, at: now))
        for delta in advance.reading.deltas { group.batch.add(TrafficRow(delta, of: name)) }
        if let progress = hosts[index].logs[advance.log].progress(of: advance) {
            group.logs[name] = group.logs[name]?.followed(by: progress) ?? progress
        }
        apply(hosts[index].alerts.logRead(name.log, reading, at: now), to: index, in: &group)
        let levels = advance.reading.levels.map { level in
            AlertTrafficLevel(
                at: Timestamp(milliseconds: level.second.milliseconds + clockStep),
                windowSeconds: level.windowSeconds,
                hits: level.hits
            )
        }
        apply(hosts[index].alerts.traffic(levels, ofLog: name.log), to: index, in: &group)
        record(advance.batches, advance.findings, at: now, in: &group)
        for loss in advance.losses {
            apply(hosts[index].alerts.lost(loss, ofLog: name.log, at: now), to: index, in: &group)
        }
    }
}

extension LogProgress {
    /// Both in one transaction: the newer state, and every window that either changed.
    fileprivate func followed(by newer: LogProgress) -> LogProgress {
        var merged = newer
        let starts = Set(newer.windows.map(\.windowStart))
        merged.windows = windows.filter { !starts.contains($0.windowStart) } + newer.windows
        merged.windowsForgottenBefore = newer.windowsForgottenBefore ?? windowsForgottenBefore
        return merged
    }
}
