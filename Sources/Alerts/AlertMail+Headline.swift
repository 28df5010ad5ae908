extension AlertMail {
    /// The sentence that says it all.
    package static func headline(_ notification: AlertNotification) -> String {
        let alert = notification.alert
        let host = ForeignText.line(alert.host)
        if notification.kind != .reminded, let sentence = alert.highTrafficSentence {
            return "\(host) \(alert.placeText): \(sentence)"
        }
        return notification.kind == .resolved ? ending(alert, host) : state(notification, host)
    }

    /// What stands below the headline, before the facts: the rest of what is to be known at once.
    package static func lead(_ notification: AlertNotification) -> [String] {
        let alert = notification.alert
        switch alert.kind {
        case .metric, .commandStatus, .unreachable, .noData: return []
        case .highTraffic:
            guard notification.kind != .reminded, alert.highTrafficSentence != nil else { return [] }
            let host = ForeignText.line(alert.host)
            return [notification.kind == .resolved ? ending(alert, host) : state(notification, host)]
        case .logSilent: return notification.kind == .resolved ? [] : ForeignText.lines(alert.reason)
        case .logLoss: return ForeignText.lines(alert.reason)
        case .deliveryFailed: return notification.kind == .resolved ? alert.deliveryEnd : alert.deliveryLead
        case .machineChanged, .clockSkew, .diskBudget, .journalGrowing:
            guard notification.kind != .resolved else { return [] }
            return Array(ForeignText.lines(alert.reason).dropFirst())
        case .deliveryConflict, .batchAltered, .journalDamaged:
            return Array(ForeignText.lines(alert.reason).dropFirst())
        }
    }

    private static func ending(_ alert: Alert, _ host: String) -> String {
        let lasted = ValueText.duration(milliseconds: alert.lastedMilliseconds)
        let name = name(of: alert, host)
        if let resolution = alert.resolution { return "\(host): \(name) is closed after \(lasted): \(resolution)." }
        return switch alert.kind {
        case .metric: "\(host): \(name) is back to \(alert.valueText) after \(lasted)."
        case .commandStatus: "\(host): \(name) is OK again after \(lasted)."
        case .unreachable: "\(host) is reachable again after \(lasted)."
        case .noData: "\(host) sends values again after \(lasted)."
        case .clockSkew: "\(host): the clock is right again after \(lasted)."
        case .machineChanged: "\(host): the machine that it is bound to answers again after \(lasted)."
        case .highTraffic:
            "\(host): the log \(alert.placeText) is back to \(alert.valueText)\(alert.windowText) after \(lasted)."
        case .logSilent: "\(host): the log \(alert.placeText) has requests again after \(lasted)."
        case .deliveryFailed: "\(host): the delivery \(alert.placeText) works again after \(lasted)."
        case .diskBudget:
            alert.value == nil
                ? "\(host): lines are pulled again after \(lasted)."
                : "\(host): the batch files are back to \(alert.valueText) of max-disk after \(lasted)."
        case .journalGrowing: "\(host): the database takes what is measured again, after \(lasted)."
        case .logLoss, .deliveryConflict, .batchAltered, .journalDamaged: "\(host): \(name) is told."
        }
    }

    private static func state(_ notification: AlertNotification, _ host: String) -> String {
        let alert = notification.alert
        let lasted = ValueText.duration(milliseconds: alert.lastedMilliseconds)
        let still = notification.kind == .reminded ? "still " : ""
        let name = name(of: alert, host)
        let severity = alert.severity.rawValue
        switch alert.kind {
        case .metric:
            let lasting = alert.lastedMilliseconds > 0 ? " for \(lasted)" : ""
            return "\(host): \(name) is \(still)\(alert.valueText), \(alert.conditionWithUnit)\(lasting) (\(severity))."
        case .commandStatus:
            let first = ForeignText.lines(alert.reason, limit: 1).first.map { ": \(ForeignText.line($0))" } ?? "."
            return "\(host): \(name) is \(still)\(alert.statusText)\(first)"
        case .unreachable: return "\(host) is \(still)unreachable, for \(lasted) (\(severity))."
        case .noData: return "\(host) has \(still)sent no values for \(lasted) (\(severity))."
        case .highTraffic:
            return "\(host): the log \(alert.placeText) \(still)has \(alert.valueText)\(alert.windowText), "
                + "\(alert.conditionWithUnit) (\(severity))."
        case .logSilent:
            return "\(host): the log \(alert.placeText) has \(still)had no request for \(lasted) (\(severity))."
        case .logLoss: return "\(host): \(alert.lossSentence)"
        case .deliveryFailed:
            return "\(host): the delivery \(alert.placeText) \(still)fails, \(alert.waitingText) (\(severity))."
        case .machineChanged, .clockSkew: return "\(host): \(still)\(alert.firstReason) (\(severity))."
        case .diskBudget, .journalGrowing: return "\(host): \(alert.firstReason) (\(severity))."
        case .deliveryConflict: return "\(host): on the receiver of \(alert.placeText), \(alert.firstReason)."
        case .batchAltered:
            return "\(host): a batch of \(alert.placeText) is not what was written: \(alert.firstReason)."
        case .journalDamaged: return "\(host): the journal is damaged, and a new one was begun: \(alert.firstReason)."
        }
    }

    /// `disk_used_percent /var`
    private static func name(of alert: Alert, _ host: String) -> String {
        String(alert.nameText.dropFirst(host.count + 1))
    }
}

extension Alert {
    fileprivate var placeText: String { ForeignText.line(instance, limit: 80) }

    /// `above 90 %`
    fileprivate var conditionWithUnit: String {
        "\(comparison?.rawValue ?? "") \(ValueText.thresholdWithUnit(threshold ?? 0, unit: unit))"
    }

    /// ` over 2 min`
    var windowText: String {
        log?.windowMilliseconds.map { " over \(ValueText.duration(milliseconds: $0))" } ?? ""
    }
}
