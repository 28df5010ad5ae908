import AccessLogs
import Alerts

extension AlertElement {
    var isOnLogs: Bool {
        switch subject {
        case .highTraffic, .logSilent: true
        case .metric, .commandStatus, .unreachable, .noData, .deliveryFailed, .machineChanged, .clockSkew, nil: false
        }
    }
}

/// `<alert>` of the types that watch logs: in a `<log>`, or outside for every log that its `instance` names.
extension SettingsReader {
    private static let defaultRequestsPerSecond = 10.0
    private static let defaultWindow = Duration.seconds(120)
    private static let defaultSilence = Duration.seconds(300)

    func logSubject(_ element: Element, _ type: Attribute, isInLog: Bool) -> AlertSubject? {
        if isInLog { refuse(["instance"], of: element, "the alert stands in the <log> that it watches") }
        switch type.value {
        case "high_traffic":
            refuse(["below"], of: element, "'high_traffic' is about more requests than 'above'")
            guard element.attribute("below") == nil, isNotNegative("above", of: element),
                isNotNegative("clear", of: element), let window = window(of: element),
                let threshold = threshold(of: element, fallback: Self.defaultRequestsPerSecond)
            else { return nil }
            return .highTraffic(threshold, window: window)
        case "log_silent":
            refuse(["above", "below", "clear", "window"], of: element, "'log_silent' has no value to compare")
            return .logSilent
        default:
            findings.error(
                at: type.valueLocation,
                "the alert type '\(quoted(type.value))' does not watch a log",
                allowed:
                    "in a <log>: \(AlertElement.logTypes.joined(separator: ", ")); others belong to its host or group",
                suggestion: NearestMatch.of(type.value, in: AlertElement.logTypes)
            )
            return nil
        }
    }

    /// Nil where it is wrong.
    private func window(of element: Element) -> Duration? {
        guard let attribute = element.attribute("window") else { return Self.defaultWindow }
        guard let window = DurationText.parse(attribute.value) else { return nil }
        guard window.components.attoseconds == 0 else {
            findings.error(
                at: attribute.valueLocation,
                "the window '\(quoted(attribute.value))' is not in whole seconds",
                allowed: "requests are counted by the second: 10s 2m 1h"
            )
            return nil
        }
        return window
    }

    private func isNotNegative(_ name: String, of element: Element) -> Bool {
        guard let attribute = element.attribute(name), let number = NumberText.decimal(attribute.value), number < 0
        else { return true }
        findings.error(
            at: attribute.valueLocation,
            "'\(name)' is less than 0",
            allowed: "requests per second are 0 or more"
        )
        return false
    }

    /// The rule of an alert on one log of a host; nil where it is about other logs.
    /// - Parameters:
    ///   - settings: the log as it applies to the host.
    ///   - inherited: who gets the mails where neither the alert nor the log says so.
    func logRule(
        _ alert: AlertElement,
        on log: LogElement,
        host settings: LogSettings,
        inherited: [String]
    ) -> AlertRule? {
        guard alert.isOnLogs, alert.isInLog || alert.instance.matches(settings.name) else { return nil }
        if case .highTraffic = alert.subject, settings.format == .plain {
            // Outside it is meant for the other logs.
            if alert.isInLog { warnAboutPlainLog(alert.element, "this alert never fires") }
            return nil
        }
        alert.uses += 1
        var silence = Duration.zero
        if alert.subject == .logSilent {
            checkSilence(of: alert.element, on: settings)
            silence = max(Self.defaultSilence, settings.interval * 2)
        }
        // One rule a log, whatever the pattern: a log's own recipients go before the host's.
        let rule = alert.rule(
            recipients: log.recipients ?? inherited,
            instance: Glob(settings.name),
            holdFor: silence
        )
        if rule?.recipients.isEmpty == true { alert.hasHostWithoutRecipient = true }
        return rule
    }

    func warnAboutPlainLog(_ element: Element, _ consequence: String) {
        findings.warning(
            at: element.location,
            "lines of a log in the format 'plain' are no requests: \(consequence)",
            allowed: "remove it, or name the format of an access log"
        )
    }

    private func checkSilence(of element: Element, on log: LogSettings) {
        guard let attribute = element.attribute("for"), let given = DurationText.parse(attribute.value),
            given < log.interval * 2
        else { return }
        findings.error(
            at: attribute.valueLocation,
            "'for' is shorter than two readings of the log '\(log.name)', which is read every "
                + DurationText.format(log.interval),
            allowed: "at least \(DurationText.format(log.interval * 2)), or a shorter interval of the log"
        )
    }

    func warnAboutAlertsWithoutLogs() {
        for alert in alertElements.values where alert.isOnLogs && !alert.isInLog && alert.uses == 0 {
            findings.warning(
                at: alert.element.location,
                "there is no log that this alert applies to",
                allowed: "it watches the <log> elements of its hosts whose name 'instance' matches"
            )
        }
    }
}
