import Alerts
import Journal
import Wire

extension HourlySummary {
    /// Reads what the journal has of a period. Blocks for the disk.
    ///
    /// - Parameters:
    ///   - deliveries: names, in the order of the configuration. Others that still have batches follow.
    ///   - logs: those that are stored.
    init(
        from: Timestamp,
        to: Timestamp,
        madeAt: Timestamp,
        journal: Journal,
        deliveries names: [String],
        logs: Set<LogName>,
        disk: Disk?
    ) throws(JournalError) {
        self.init(from: from, to: to, madeAt: madeAt)
        self.disk = disk
        let totals = try journal.batchTotals(closedFrom: from, to: to)
        hosts = Self.hosts(totals)
        for name in names + (try Self.formerDeliveries(totals, journal, except: names)) {
            deliveries.append(try Self.delivery(name, totals, journal))
        }
        let firing = try journal.alertStates().states.compactMap(\.alert)
        silentLogs = Self.silentLogs(firing, try journal.logStatuses(), logs: logs, from: from)
        let events = try journal.alertEvents(from: from, to: to)
        alerts = Self.alerts(firing: firing.filter { $0.openedAt < to }, events)
    }

    private static func hosts(_ totals: [BatchTotals]) -> [Host] {
        var volumes: [String: Volume] = [:]
        for total in totals {
            volumes[total.host, default: Volume()] += Volume(
                files: total.files,
                lines: total.lines,
                bytes: total.bytes,
                sent: total.sent,
                failed: total.failed
            )
        }
        return volumes.map { Host(name: $0.key, volume: $0.value) }.sorted { $0.name < $1.name }
    }

    /// Nobody configures them any more; what they were to carry is not forgotten.
    private static func formerDeliveries(
        _ totals: [BatchTotals],
        _ journal: Journal,
        except names: [String]
    ) throws(JournalError) -> [String] {
        let known = Set(try journal.undeliveredBatches().keys).union(totals.compactMap(\.delivery))
        return known.subtracting(names).sorted()
    }

    private static func delivery(
        _ name: String,
        _ totals: [BatchTotals],
        _ journal: Journal
    ) throws(JournalError) -> Delivery {
        let own = totals.filter { $0.delivery == name }
        let backlog = try journal.deliveryBacklog(of: name)
        return Delivery(
            name: name,
            files: own.reduce(0) { $0 + $1.files },
            sent: own.reduce(0) { $0 + $1.sent },
            failed: backlog.failedBatches,
            waiting: backlog.waitingBatches - backlog.failedBatches,
            undeliveredBytes: backlog.waitingBytes,
            oldestClosedAt: backlog.oldestClosedAt,
            reason: backlog.waitingBatches > 0 ? try journal.lastDeliveryError(of: name) : nil
        )
    }

    private static func silentLogs(
        _ firing: [Alert],
        _ statuses: [LogName: LogStatusRecord],
        logs: Set<LogName>,
        from: Timestamp
    ) -> [SilentLog] {
        let told = firing.filter { $0.kind == .logSilent }.map { LogName(host: $0.host, log: $0.instance) }
        let quiet = logs.filter { name in statuses[name]?.lastLineAt.map { $0 < from } ?? true }
        return quiet.union(told)
            .sorted { ($0.host, $0.log) < ($1.host, $1.log) }
            .map { name in
                SilentLog(
                    host: name.host,
                    log: name.log,
                    lastLineAt: statuses[name]?.lastLineAt,
                    condition: statuses[name].map(LogsTable.words) ?? "not read yet"
                )
            }
    }

    /// The sentence of its mail, and whether there was one.
    private static func headline(_ event: AlertNotification) -> String {
        guard let cause = event.alert.heldBackBecause, event.alert.hold?.untold != nil else {
            return AlertMail.headline(event)
        }
        let verb = event.kind == .raised ? "is" : "was"
        return "\(AlertMail.headline(event)) Nobody \(verb) told: \(cause)."
    }

    private static func alerts(firing: [Alert], _ events: [AlertNotification]) -> [OpenedAlert] {
        let open = firing.map {
            OpenedAlert(
                openedAt: $0.openedAt,
                headline: Self.headline(AlertNotification(kind: .raised, alert: $0, recipients: []))
            )
        }
        let ended = events.compactMap { event -> OpenedAlert? in
            guard event.kind == .resolved || event.kind == .noticed else { return nil }
            return OpenedAlert(
                openedAt: event.alert.openedAt,
                resolvedAt: event.alert.resolvedAt ?? event.alert.openedAt,
                isNotice: event.kind == .noticed,
                headline: Self.headline(event)
            )
        }
        return (open + ended).sorted { ($0.openedAt, $0.headline) < ($1.openedAt, $1.headline) }
    }
}
