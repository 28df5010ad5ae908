import Wire

extension AlertMail {
    /// In a storm of alerts the first of them say enough: a mail stays readable, and small enough to be taken.
    private static let headlinesShown = 100
    private static let sectionsShown = 20

    static func body(_ notifications: [AlertNotification], hosts: [String]) -> String {
        guard notifications.count > 1 else {
            return notifications.map { section($0, headline: headline($0)) }.joined()
        }
        let headlines = notifications.prefix(headlinesShown).map(headline)
        var text = "\(notifications.count) \(plural(notifications[0].kind)) on \(list(hosts)):\n"
        for (number, line) in headlines.enumerated() { text += "  \(number + 1). \(line)\n" }
        let (hidden, cut) = (notifications.count - headlines.count, notifications.count - sectionsShown)
        if hidden > 0 { text += "  and \(hidden) more\n" }
        if cut > 0 {
            text += "\nThe first \(sectionsShown) of them follow. All that is open: SELECT * FROM open_alerts;\n"
        }
        for (number, notification) in notifications.prefix(sectionsShown).enumerated() {
            text += "\n" + String(repeating: "-", count: 72) + "\n\n"
            text += section(notification, headline: "\(number + 1). \(headlines[number])")
        }
        return text
    }

    private static func plural(_ kind: AlertNotification.Kind) -> String {
        switch kind {
        case .raised: "alerts"
        case .worsened: "alerts got worse"
        case .reminded: "alerts still open"
        case .resolved: "alerts resolved"
        }
    }

    /// The sentence that says it all.
    package static func headline(_ notification: AlertNotification) -> String {
        let alert = notification.alert
        let (host, lasted) = (ForeignText.line(alert.host), ValueText.duration(milliseconds: alert.lastedMilliseconds))
        let name = String(alert.nameText.dropFirst(host.count + 1))
        if notification.kind == .resolved {
            if let resolution = alert.resolution {
                return "\(host): \(name) is closed after \(lasted): \(resolution)."
            }
            switch alert.kind {
            case .metric: return "\(host): \(name) is back to \(alert.valueText) after \(lasted)."
            case .commandStatus: return "\(host): \(name) is OK again after \(lasted)."
            case .unreachable: return "\(host) is reachable again after \(lasted)."
            case .noData: return "\(host) sends values again after \(lasted)."
            }
        }
        let still = notification.kind == .reminded ? "still " : ""
        switch alert.kind {
        case .metric:
            let condition =
                "\(alert.comparison?.rawValue ?? "") "
                + ValueText.thresholdWithUnit(alert.threshold ?? 0, unit: alert.unit)
            let lasting = alert.lastedMilliseconds > 0 ? " for \(lasted)" : ""
            return
                "\(host): \(name) is \(still)\(alert.valueText), \(condition)\(lasting) (\(alert.severity.rawValue))."
        case .commandStatus:
            let first = ForeignText.lines(alert.reason, limit: 1).first.map { ": \(ForeignText.line($0))" } ?? "."
            return "\(host): \(name) is \(still)\(alert.statusText)\(first)"
        case .unreachable:
            return "\(host) is \(still)unreachable, for \(lasted) (\(alert.severity.rawValue))."
        case .noData:
            return "\(host) has \(still)sent no values for \(lasted) (\(alert.severity.rawValue))."
        }
    }

    private static func section(_ notification: AlertNotification, headline: String) -> String {
        let alert = notification.alert
        var text = headline + "\n\n"
        for (name, value) in facts(notification) {
            text += name + String(repeating: " ", count: max(1, 11 - name.count)) + value + "\n"
        }
        if !alert.reason.isEmpty {
            text += alert.kind == .commandStatus ? "\nIt printed\n" : "\nReason\n"
            for line in ForeignText.lines(alert.reason) { text += "  \(line)\n" }
        }
        if !alert.recent.isEmpty {
            text += "\nLast values (UTC)\n"
            let isOneDay = Set(alert.recent.map(\.at.utcDayText)).count == 1
            for reading in alert.recent {
                let time = isOneDay ? reading.at.utcTimeOfDayText : reading.at.utcText
                let value = ValueText.full(reading.value, unit: alert.unit, distinctFrom: alert.threshold)
                text += "  \(time)   \(value)\n"
            }
        }
        text += "\nMore\n"
        for line in AlertQueries.lines(for: alert) { text += "  \(line)\n" }
        return text
    }

    private static func facts(_ notification: AlertNotification) -> [(String, String)] {
        let alert = notification.alert
        var facts = [("Since", alert.since.utcText + " UTC")]
        if alert.openedAt != alert.since { facts.append(("Raised", alert.openedAt.utcText + " UTC")) }
        if let resolvedAt = alert.resolvedAt {
            facts.append(("Resolved", resolvedAt.utcText + " UTC"))
            facts.append(("Duration", ValueText.duration(milliseconds: alert.lastedMilliseconds)))
        }
        facts.append(("Severity", alert.severity.rawValue))
        func full(_ value: Double) -> String {
            alert.kind == .commandStatus
                ? "exit status \(NumberText.exact(value))"
                : ValueText.full(value, unit: alert.unit, distinctFrom: alert.threshold)
        }
        if let value = alert.value { facts.append((alert.resolvedAt == nil ? "Now" : "At the end", full(value))) }
        if let peak = alert.peak, let at = alert.peakAt { facts.append(("Peak", "\(full(peak)) at \(at.utcText) UTC")) }
        if let comparison = alert.comparison, let threshold = alert.threshold {
            var condition = "\(comparison.rawValue) \(ValueText.thresholdWithUnit(threshold, unit: alert.unit))"
            if alert.holdForMilliseconds > 0 {
                condition += " for \(ValueText.duration(milliseconds: alert.holdForMilliseconds))"
            }
            if let clear = alert.clear, clear != threshold {
                let end = ValueText.thresholdWithUnit(clear, unit: alert.unit)
                condition += ", clears at \(end) or \(comparison == .above ? "less" : "more")"
            }
            facts.append(("Threshold", condition))
        }
        if let resolution = alert.resolution { facts.append(("Closed", resolution)) }
        if notification.kind == .reminded { facts.append(("Reminder", String(alert.remindersSent))) }
        facts.append(("Alert", alert.id))
        return facts
    }
}
