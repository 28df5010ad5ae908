package import Wire

// The journal keeps alert states as encoded values; a moment is its number of milliseconds there.
extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// One value of an alert's series and when it arrived.
package struct AlertReading: Codable, Equatable, Sendable {
    package var at: Timestamp
    package var value: Double

    package init(at: Timestamp, value: Double) {
        self.at = at
        self.value = value
    }
}

/// An alert that was raised: the `alerts` row and all that its mails say.
package struct Alert: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case metric
        case commandStatus
        case unreachable
        case noData
        case highTraffic
        case logSilent
        /// Another machine answers than the one that the host is bound to.
        case machineChanged
        /// The host's clock, or metricsd's own, is wrong.
        case clockSkew
        /// Lines of a log that can never be read any more: over when it is told.
        case logLoss
        /// Batches cannot be delivered.
        case deliveryFailed
        /// The batch files take what they may, or nearly.
        case diskBudget
        /// What is measured does not reach the database.
        case journalGrowing
        /// A receiver has another file of a batch's name: over when it is told.
        case deliveryConflict
        /// A batch's file is not what was written: over when it is told.
        case batchAltered
        /// The journal could not be read, and a new one was begun: over when it is told.
        case journalDamaged
    }

    /// `alert-` and 16 random hexadecimal digits.
    package var id: String
    package var host: String
    package var kind: Kind
    /// `cpu_percent`, a command's name, `unreachable`, `no_data`, `high_traffic`, `log_silent`, `log_loss`,
    /// `machine_changed`, `clock_skew`, `delivery_failed`, `disk_budget`, `journal_growing`, `delivery_conflict`, `batch_altered`,
    /// `journal_damaged`.
    package var type: String
    package var instance: String
    package var severity: AlertSeverity
    /// nil for alerts that compare no value.
    package var comparison: AlertComparison?
    package var threshold: Double?
    package var clear: Double?
    /// The metric's unit as the probe declares it (`percent`, `bytes`, …); empty for a count.
    package var unit: String
    /// How long the condition had to hold.
    package var holdForMilliseconds: Int64
    /// When the condition began to hold, by the server's clock.
    package var since: Timestamp
    /// When the alert was raised: `since` and the rule's `for`.
    package var openedAt: Timestamp
    package var resolvedAt: Timestamp?
    /// The value that raised it; an exit status for a command; nil for
    /// `unreachable`, `no_data` and `log_silent`.
    package var openingValue: Double?
    /// The newest value.
    package var value: Double?
    /// The worst value since the condition began.
    package var peak: Double?
    package var peakAt: Timestamp?
    /// The newest values, oldest first, at most `recentLimit`; they reach back before the alert.
    package var recent: [AlertReading]
    /// Why the host is unreachable, the log is silent or the delivery fails, or what the command printed; foreign text,
    /// up to 4 KiB.
    package var reason: String
    /// Why it was resolved, where that is not the value itself: `no longer reported`, `rule removed`.
    package var resolution: String?
    /// Who was told, and will be told of the end.
    package var recipients: [String]
    package var remindersSent: Int
    package var lastNotifiedAt: Timestamp
    /// For alerts on a log.
    package var log: AlertedLog?
    /// For alerts on a delivery.
    package var delivery: AlertedDelivery?
    /// Whether people are not told of it, or were not for a while; nil where they were told of everything.
    package var hold: AlertHold?
    /// For `unreachable`: who cannot be reached for that.
    package var dependents: AlertDependents?

    package static let recentLimit = 10
}

/// What the journal keeps of one (host, rule, instance) that is not ok.
package struct AlertState: Codable, Equatable, Sendable {
    package var host: String
    package var ruleKey: String
    package var instance: String
    /// When the condition began to hold.
    package var since: Timestamp
    /// nil while pending.
    package var alert: Alert?

    package var isFiring: Bool { alert != nil }
}

/// What is to be told, and to whom.
package struct AlertNotification: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
        case raised
        /// It went from warning to critical: a command's exit status, the disk budget.
        case worsened
        case reminded
        case resolved
        /// Happened once and is over: nothing will resolve it.
        case noticed
    }

    package var kind: Kind
    /// As it was at that moment.
    package var alert: Alert
    package var recipients: [String]

    package init(kind: Kind, alert: Alert, recipients: [String]) {
        self.kind = kind
        self.alert = alert
        self.recipients = recipients
    }
}

/// One step of an alert: all of it belongs into one transaction of the journal.
package struct AlertChange: Equatable, Sendable {
    package var host: String
    package var ruleKey: String
    package var instance: String
    /// The state to keep under (host, rule key, instance); nil deletes it.
    package var state: AlertState?
    /// The `alerts` row to write, by its id; nil for what never fired.
    package var alert: Alert?
    /// nil where there are no recipients.
    package var notification: AlertNotification?
    /// What happened to the alert, also where nobody is to be told; nil for what never fired, and for a new peak.
    package var event: AlertNotification.Kind?
}
