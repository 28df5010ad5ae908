import Wire

extension AlertMail {
    /// In a storm of alerts the first of them say enough: a mail stays readable, and small enough to be taken.
    private static let headlinesShown = 100
    private static let sectionsShown = 20

    static func body(_ notifications: [AlertNotification], hosts: [String]) -> String {
        guard notifications.count > 1 else {
            return notifications.map { section($0, headline: promise($0) ?? headline($0)) }.joined()
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
        case .noticed: "notices"
        }
    }

    /// The promised sentence of `high_traffic`, which is a mail's first line as it is.
    private static func promise(_ notification: AlertNotification) -> String? {
        notification.kind == .reminded ? nil : notification.alert.highTrafficSentence
    }

    private static func section(_ notification: AlertNotification, headline: String) -> String {
        let alert = notification.alert
        let lead = lead(notification)
        var text = headline + "\n"
        for line in circumstances(notification) { text += line + "\n" }
        for line in lead { text += line + "\n" }
        text += "\n"
        for (name, value) in facts(notification) {
            text += name + String(repeating: " ", count: max(1, 11 - name.count)) + value + "\n"
        }
        if lead.isEmpty, alert.kind.tellsItsReasonLast, !alert.reason.isEmpty {
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
}
