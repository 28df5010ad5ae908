import Alerts
package import Configuration
import Journal
import SSH
package import Wire

/// What `metricsd status` prints, read from the journal: it needs neither the database nor the running daemon.
package struct StatusReport {
    private let owner: StateDirectoryLock.Owner
    private let hosts: [HostStatus]
    private let backlog: RecordBacklog
    private let databaseTrouble: String?
    private let outbox: OutboxSummary
    private let refused: [StoredMail]
    private let sendsMail: Bool
    private let logs: [(name: LogName, status: LogStatusRecord)]
    private let deliveries: DeliveriesTable
    private let batchUse: (bytes: UInt64, files: UInt64)
    private let maxDisk: UInt64?
    private let ownAlerts: [Alert]
    private let configuration: ServerConfiguration
    private let silences: [StoredSilence]

    /// - Throws: `JournalError`, e.g. when metricsd has never run on the state directory.
    package init(_ configuration: ServerConfiguration) throws {
        owner = StateDirectoryLock.owner(of: configuration.stateDirectory)
        let journal = try Journal(readingAt: "\(configuration.stateDirectory)/\(Journal.fileName)")
        let alerts = Dictionary(grouping: try journal.alertStates().states.compactMap(\.alert), by: \.host)
        let states = Dictionary(try journal.hostStates().map { ($0.host, $0) }) { first, _ in first }
        hosts = configuration.watched.map { host in
            HostStatus(
                state: states[host.name]
                    ?? HostState(host: host.name, address: host.target.address, state: .unknown, updatedAt: .now),
                openAlerts: (alerts[host.name] ?? []).sorted { $0.openedAt < $1.openedAt }
            )
        }
        let statuses = try journal.logStatuses()
        logs = configuration.hosts.flatMap { host in
            host.logs.map { log in
                let name = LogName(host: host.name, log: log.name)
                return (name, statuses[name] ?? LogStatusRecord(path: log.path))
            }
        }
        deliveries = try DeliveriesTable(configuration.deliveries, journal: journal)
        batchUse = try journal.batchDiskUse()
        maxDisk = configuration.maxDisk
        ownAlerts = (alerts[ServiceAlerts.host] ?? []).sorted { $0.openedAt < $1.openedAt }
        self.configuration = configuration
        silences = try journal.activeSilences(at: .now)
        backlog = try journal.backlog()
        databaseTrouble = try journal.metadata(.databaseTrouble)
        outbox = try journal.outboxSummary()
        refused = try journal.refusedMails(limit: 5)
        sendsMail = configuration.smtp != nil || configuration.isRemembered
    }

    /// The report as text that ends with a line end.
    package func text(now: Timestamp = .now) -> String {
        var text =
            switch owner {
            case .running(let pid?): "metricsd runs (pid \(pid))\n"
            case .running(nil): "metricsd runs\n"
            case .none: "metricsd does not run; what follows is from its last run\n"
            }
        text +=
            "\n"
            + TextTable.render(
                [["host", "state", "age", "cpu", "mem", "disk", ""]] + hosts.map { $0.cells(at: now) },
                rightAligned: [2, 3, 4, 5]
            )
        if !logs.isEmpty { text += "\n" + LogsTable.render(logs, now: now) }
        if !deliveries.lines.isEmpty { text += "\n" + deliveries.render(now: now) }
        if batchUse.files > 0 {
            let files = batchUse.files == 1 ? "1 batch file" : "\(batchUse.files) batch files"
            let limit = maxDisk.map { " of \(ValueText.full(Double($0), unit: "bytes"))" } ?? ""
            text += "\nstored lines: \(files), \(ValueText.full(Double(batchUse.bytes), unit: "bytes"))\(limit)\n"
        }
        let table = SilencesTable(configuration, silences, at: now)
        if !table.isEmpty { text += "\n" + table.render(now: now) }
        let alerts = ownAlerts + hosts.flatMap(\.openAlerts)
        if alerts.isEmpty {
            text += "\nno open alerts\n"
        } else {
            text += "\nopen alerts\n"
            text += TextTable.render(
                alerts.map { alert in
                    [
                        "  \(alert.host)", alert.type, alert.instance, alert.value.map(CellText.plain) ?? "",
                        alert.severity == .critical ? "critical" : "warning",
                        "since \(CellText.age(alert.openedAt, at: now))",
                        alert.heldBackBecause.map { "nobody is told: \(LogfmtHandler.oneLine($0))" } ?? "",
                    ]
                },
                rightAligned: [3]
            )
        }
        if backlog.count > 0 {
            let waited = backlog.oldest.map { ValueText.duration(milliseconds: now.milliseconds - $0.milliseconds) }
            let age = waited.map { ", the oldest for \($0)" } ?? ""
            text +=
                "\nwaiting for the database: \(backlog.count) \(backlog.count == 1 ? "group" : "groups"), "
                + "\(ValueText.short(Double(backlog.bytes), unit: "bytes"))\(age)"
                + (databaseTrouble.map { ": \(LogfmtHandler.oneLine($0))" } ?? "") + "\n"
        }
        if outbox.waiting + outbox.refused > 0 {
            let waiting = sendsMail || outbox.waiting == 0 ? "waiting" : "waiting until there is an <smtp> again"
            text += "\nmail: \(outbox.waiting) \(waiting), \(outbox.refused) refused for good"
            text += outbox.lastError.map { ": \(LogfmtHandler.oneLine($0))\n" } ?? "\n"
            for mail in refused {
                text +=
                    "  refused: \(LogfmtHandler.oneLine(mail.subject)) (\(mail.recipients.joined(separator: ", ")))\n"
            }
        }
        return text
    }
}
