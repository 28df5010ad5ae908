import Wire

extension AlertMail {
    private static let prefix = "[metricsd]"
    private static let hostsShown = 5

    /// `[metricsd] ALERT web-1 cpu_percent 97.2 % (above 90)`
    static func subject(_ notification: AlertNotification) -> String {
        let alert = notification.alert
        let word =
            switch notification.kind {
            case .raised: "ALERT"
            case .worsened: "WORSE"
            case .reminded: "REMINDER"
            case .resolved: "RESOLVED"
            case .noticed: "NOTICE"
            }
        return "\(prefix) \(word) \(alert.nameText)\(statement(notification))"
    }

    /// `[metricsd] 3 alerts: web-1, web-2`
    static func subject(_ kind: AlertNotification.Kind, count: Int, hosts: [String]) -> String {
        let word =
            switch kind {
            case .raised: "alerts"
            case .worsened: "WORSE"
            case .reminded: "reminders"
            case .resolved: "RESOLVED"
            case .noticed: "notices"
            }
        return "\(prefix) \(count) \(word): \(list(hosts))"
    }

    static func list(_ hosts: [String]) -> String {
        let shown = hosts.prefix(hostsShown).map { ForeignText.line($0, limit: 60) }.joined(separator: ", ")
        return hosts.count > hostsShown ? "\(shown) and \(hosts.count - hostsShown) more" : shown
    }

    /// What follows the name: ` 97.2 % (above 90)`, ` 41.0 %, after 12 min`, ` for 3 min`.
    private static func statement(_ notification: AlertNotification) -> String {
        let alert = notification.alert
        guard notification.kind != .resolved else {
            let value: String
            if let resolution = alert.resolution {
                value = " (\(resolution))"
            } else if alert.kind == .metric || alert.kind == .highTraffic || alert.kind == .diskBudget {
                value = alert.value == nil ? "" : " \(alert.valueText)"
            } else {
                value = ""
            }
            return "\(value), after \(ValueText.duration(milliseconds: alert.lastedMilliseconds))"
        }
        let lasting = " for \(ValueText.duration(milliseconds: alert.lastedMilliseconds))"
        switch alert.kind {
        case .metric, .highTraffic:
            let text = " \(alert.valueText) (\(alert.conditionText))"
            return notification.kind == .reminded ? "\(text),\(lasting)" : text
        case .commandStatus:
            let line = ForeignText.lines(alert.reason, limit: 1).first.map { ": \(ForeignText.line($0, limit: 80))" }
            return " " + alert.statusText + (line ?? "")
        case .unreachable, .noData:
            return alert.lastedMilliseconds > 0 ? lasting : ""
        case .logSilent:
            let cause = ForeignText.lines(alert.reason, limit: 1).first.map { ": \(ForeignText.line($0, limit: 80))" }
            return lasting + (cause ?? "")
        case .logLoss:
            return " \(alert.lossText)"
        case .deliveryFailed:
            let text = ": \(alert.waitingText)"
            return (notification.kind == .reminded ? "\(text),\(lasting)" : text) + ": \(alert.shortReason)"
        case .machineChanged, .clockSkew, .diskBudget, .journalGrowing, .deliveryConflict, .batchAltered,
            .journalDamaged:
            return ": \(alert.shortReason)"
        }
    }
}
