import AccessLogs
import Configuration
import Journal
import LogBatches
import SSH

/// Where the lines of logs with a `<store>` are kept: what the writers of all hosts share.
struct LogStorage: Sendable {
    var folder: BatchFolder
    var journal: Journal
    var budget: DiskBudget
    /// Those that are open, as the start has mended them.
    var open: [LogName: [LogBatch]]

    /// A writer for one log, to be used on its host's thread; nil where it has no `<store>`.
    func writer(of log: LogSettings, host: HostSettings) -> BatchWriter? {
        guard let store = log.store else { return nil }
        return BatchWriter(
            folder: folder,
            settings: store,
            host: host.name,
            address: host.target.address,
            log: log.name,
            format: log.format.rawValue,
            open: open[LogName(host: host.name, log: log.name)] ?? [],
            reserve: { [journal] draft, name in try journal.openBatch(draft, name: name) }
        )
    }
}
