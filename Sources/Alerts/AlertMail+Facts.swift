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
        facts += delivery(alert)
        if let value = alert.value, alert.kind != .deliveryFailed {
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
        facts += hold(alert)
        if notification.kind == .reminded { facts.append(("Reminder", String(alert.remindersSent))) }
        facts.append(("Alert", alert.id))
        return facts
    }

    private static func times(_ alert: Alert) -> [(String, String)] {
        if alert.kind.isOverWhenTold { return [("Noticed", alert.openedAt.utcText + " UTC")] }
        var facts = [("Since", alert.since.utcText + " UTC")]
        if alert.openedAt != alert.since { facts.append(("Raised", alert.openedAt.utcText + " UTC")) }
        if let resolvedAt = alert.resolvedAt {
            facts.append(("Resolved", resolvedAt.utcText + " UTC"))
            facts.append(("Duration", ValueText.duration(milliseconds: alert.lastedMilliseconds)))
        }
        return facts
    }

    private static func delivery(_ alert: Alert) -> [(String, String)] {
        guard let delivery = alert.delivery, let value = alert.value else { return [] }
        var facts = [("Waiting", alert.filesText(value))]
        if value > 0 { facts[0].1 += ", \(ValueText.full(Double(delivery.waitingBytes), unit: "bytes"))" }
        if delivery.failedFiles > 0 {
            facts.append(("Failed", "\(alert.filesText(Double(delivery.failedFiles))), in folders named failed"))
        }
        if let oldest = delivery.oldestClosedAt, value > 0 {
            let age = ValueText.duration(milliseconds: oldest.elapsed(to: alert.lastNotifiedAt))
            facts.append(("Oldest", "closed \(oldest.utcText) UTC, \(age) ago"))
        }
        if value > 0 { facts.append(("Folder", ForeignText.line(delivery.folder, limit: 1_000))) }
        return facts
    }

    private static func full(_ value: Double, of alert: Alert) -> String {
        if alert.kind == .deliveryFailed { return alert.filesText(value) }
        return alert.kind == .commandStatus
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
