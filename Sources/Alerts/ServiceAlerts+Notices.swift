import Wire

extension ServiceAlerts {
    private static let noticedLimit = 200

    /// Whether it was not just told: a batch that cannot be sent is looked at again at each try.
    mutating func isNew(_ event: ServiceEvent) -> Bool {
        guard !noticed.contains(event) else { return false }
        noticed.append(event)
        if noticed.count > ServiceAlerts.noticedLimit { noticed.removeFirst() }
        return true
    }

    func notice(_ conflict: DeliveryConflict, at now: Timestamp) -> AlertChange {
        var alert = Alert(
            service: .deliveryConflict,
            type: "delivery_conflict",
            instance: conflict.delivery,
            recipients: recipients(ofDelivery: conflict.delivery),
            at: now,
            random
        )
        let (taken, stored) = (ForeignText.line(conflict.takenPath), ForeignText.line(conflict.storedPath))
        alert.reason =
            "\(taken) holds something else\n"
            + "Nothing was overwritten: the batch was delivered as \(stored).\n"
            + "Look which of both is wanted. Logs that are delivered into one folder need names that differ: put {host}, "
            + "{log} or {address} into 'name' of <store>."
        return notice(alert, at: now)
    }

    func notice(_ batch: AlteredBatch, at now: Timestamp) -> AlertChange {
        var alert = Alert(
            service: .batchAltered,
            type: "batch_altered",
            instance: "\(batch.host)/\(batch.log)",
            recipients: recipients(ofDelivery: batch.delivery),
            at: now,
            random
        )
        let path = ForeignText.line(batch.path, limit: 1_000)
        let (what, mend) = ForeignText.sentences(ForeignText.line(batch.finding, limit: 500))
        alert.reason = "\(what)\nIt is \(path)\n"
        if let delivery = batch.delivery {
            alert.reason += "It was not delivered to \(delivery), and is looked at again at each try.\n"
        }
        alert.reason += mend.isEmpty ? "Put it back as it was, or do without its lines." : mend
        alert.reason += " Its row in log_batches has the size and the SHA-256 that it had."
        return notice(alert, at: now)
    }

    private func notice(_ alert: Alert, at now: Timestamp) -> AlertChange {
        var alert = alert
        alert.hold = holdCause(ofType: alert.type).map { AlertHold(cause: $0, untold: .noticed) }
        return AlertChange(noticing: alert, at: now)
    }

    func noticeJournal(in folder: String, _ finding: String, at now: Timestamp) -> AlertChange {
        var alert = Alert(
            service: .journalDamaged,
            type: "journal_damaged",
            instance: "journal",
            recipients: budgetRecipients,
            at: now,
            random
        )
        alert.severity = .critical
        let path = ForeignText.line(folder, limit: 1_000)
        alert.reason =
            "\(ForeignText.line(finding, limit: 200))\n"
            + "Lost, unless it is saved from there, is what waited in it: values for the database, mails, and which alerts "
            + "were open.\n"
            + "Alerts begin anew, and logs are taken up as on the first day ('start' of <log>): lines may be missing or counted "
            + "again.\n"
            + "The damaged file is in \(path); `sqlite3 FILE .recover` saves what can be read of it. Look for errors of the "
            + "disk in the kernel's log."
        return AlertChange(noticing: alert, at: now)
    }

    private func recipients(ofDelivery name: String?) -> [String] {
        deliveries.first { $0.name == name }?.recipients ?? budgetRecipients
    }
}

extension Alert {
    /// An alert without a rule, begun now.
    init(
        service kind: Kind,
        type: String,
        instance: String,
        recipients: [String],
        at now: Timestamp,
        _ random: () -> UInt64
    ) {
        id = Alert.identifier(random)
        host = ServiceAlerts.host
        self.kind = kind
        self.type = type
        self.instance = instance
        severity = .warning
        unit = ""
        holdForMilliseconds = 0
        since = now
        openedAt = now
        recent = []
        reason = ""
        self.recipients = recipients
        remindersSent = 0
        lastNotifiedAt = now
    }
}

extension AlertChange {
    /// Happened once and is over: one row, one mail, no state.
    fileprivate init(noticing alert: Alert, at now: Timestamp) {
        var alert = alert
        alert.resolvedAt = now
        host = alert.host
        ruleKey = alert.type
        instance = alert.instance
        self.alert = alert
        notification =
            alert.recipients.isEmpty || alert.isHeldBack
            ? nil : AlertNotification(kind: .noticed, alert: alert, recipients: alert.recipients)
        event = .noticed
    }
}
