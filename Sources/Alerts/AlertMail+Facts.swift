extension AlertMail {
    /// What is known, as names and values.
    static func facts(_ notification: AlertNotification) -> [(String, String)] {
        let alert = notification.alert
        var facts = times(alert)
        facts.append(("Severity", alert.severity.rawValue))
        if let log = alert.log {
            facts.append(("Log", ForeignText.line(log.path)))
            if alert.kind == .logSilent {
                let none = "none since it is followed"
                facts.append(("Last line", log.lastRequestAt.map { "\($0.utcText) UTC" } ?? none))
            }
        }
        if alert.kind == .logSilent, alert.resolvedAt != nil, let first = ForeignText.lines(alert.reason).first {
            facts.append(("Reason", first))
        }
        if let value = alert.value {
            let name = alert.kind == .logLoss ? "Lost" : alert.resolvedAt == nil ? "Now" : "At the end"
            let hits = alert.log?.hits.map { " (\($0) requests\(alert.inWindowText))" } ?? ""
            facts.append((name, full(value, of: alert) + hits))
        }
        if let peak = alert.peak, let at = alert.peakAt {
            facts.append(("Peak", "\(full(peak, of: alert)) at \(at.utcText) UTC"))
        }
        if let comparison = alert.comparison, let threshold = alert.threshold {
            facts.append(("Threshold", condition(comparison, threshold, of: alert)))
        }
        if let resolution = alert.resolution { facts.append(("Closed", resolution)) }
        if notification.kind == .reminded { facts.append(("Reminder", String(alert.remindersSent))) }
        facts.append(("Alert", alert.id))
        return facts
    }

    private static func times(_ alert: Alert) -> [(String, String)] {
        if alert.kind == .logLoss { return [("Noticed", alert.openedAt.utcText + " UTC")] }
        var facts = [("Since", alert.since.utcText + " UTC")]
        if alert.openedAt != alert.since { facts.append(("Raised", alert.openedAt.utcText + " UTC")) }
        if let resolvedAt = alert.resolvedAt {
            facts.append(("Resolved", resolvedAt.utcText + " UTC"))
            facts.append(("Duration", ValueText.duration(milliseconds: alert.lastedMilliseconds)))
        }
        return facts
    }

    private static func full(_ value: Double, of alert: Alert) -> String {
        alert.kind == .commandStatus
            ? "exit status \(NumberText.exact(value))"
            : ValueText.full(value, unit: alert.unit, distinctFrom: alert.threshold)
    }

    private static func condition(_ comparison: AlertComparison, _ threshold: Double, of alert: Alert) -> String {
        var condition = "\(comparison.rawValue) \(ValueText.thresholdWithUnit(threshold, unit: alert.unit))"
        condition += alert.windowText
        if alert.holdForMilliseconds > 0 {
            condition += " for \(ValueText.duration(milliseconds: alert.holdForMilliseconds))"
        }
        if let clear = alert.clear, clear != threshold {
            let end = ValueText.thresholdWithUnit(clear, unit: alert.unit)
            condition += ", clears at \(end) or \(comparison == .above ? "less" : "more")"
        }
        return condition
    }
}

extension Alert {
    /// ` in 2 min`
    fileprivate var inWindowText: String {
        log?.windowMilliseconds.map { " in \(ValueText.duration(milliseconds: $0))" } ?? ""
    }
}
