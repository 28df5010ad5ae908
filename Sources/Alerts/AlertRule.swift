/// What a rule watches.
package enum AlertSubject: Equatable, Sendable {
    /// A metric type, or a command's number under the command's name.
    case metric(String, AlertThreshold)
    /// How a command ended: any exit status but 0, a signal, or a timeout. Status 2 is critical whatever the rule's
    /// severity (Monitoring Plugins guidelines: 1 warning, 2 critical, 3 unknown); all else has the rule's severity.
    case commandStatus(String)
    /// The host does not answer over SSH.
    case unreachable
    /// The host answers but no values come.
    case noData
    /// A log's requests per second, averaged over the window that ends with each second; whole seconds.
    case highTraffic(AlertThreshold, window: Duration)
    /// No request was counted in a log.
    case logSilent
    /// Batches of a delivery could not be delivered, in several tries each.
    case deliveryFailed
    /// Another machine answers than the one that the host is bound to. Needs no rule of the configuration.
    case machineChanged
    /// The host's clock is wrong. Needs no rule of the configuration.
    case clockSkew

    /// The `type` attribute of the `<alert>`, and `alerts.type` in MySQL.
    package var type: String {
        switch self {
        case .metric(let name, _), .commandStatus(let name): name
        case .unreachable: "unreachable"
        case .noData: "no_data"
        case .highTraffic: "high_traffic"
        case .logSilent: "log_silent"
        case .deliveryFailed: "delivery_failed"
        case .machineChanged: HostAlerts.machineType
        case .clockSkew: HostAlerts.clockType
        }
    }
}

/// One `<alert>` as it applies to one host, or to one delivery.
package struct AlertRule: Equatable, Sendable {
    /// The rule's identity across restarts and reloads: type, instance pattern and condition, not `for`, `severity`,
    /// `repeat` or recipients, so changing those keeps an open alert open. A changed threshold is another rule.
    package let key: String
    package let subject: AlertSubject
    package let instance: Glob
    /// How long the condition must hold, without a gap, before the alert is raised.
    package let holdFor: Duration
    package let severity: AlertSeverity
    /// How often to remind while it fires; nil for never.
    package let repeatEvery: Duration?
    /// Mail addresses; empty where nobody is to be told.
    package let recipients: [String]

    package init(
        _ subject: AlertSubject,
        instance: Glob = Glob("*"),
        holdFor: Duration = .zero,
        severity: AlertSeverity = .warning,
        repeatEvery: Duration? = nil,
        recipients: [String] = []
    ) {
        self.init(
            key: AlertRule.key(of: subject, instance: instance),
            subject: subject,
            instance: instance,
            holdFor: holdFor,
            severity: severity,
            repeatEvery: repeatEvery,
            recipients: recipients
        )
    }

    private init(
        key: String,
        subject: AlertSubject,
        instance: Glob,
        holdFor: Duration,
        severity: AlertSeverity,
        repeatEvery: Duration?,
        recipients: [String]
    ) {
        self.key = key
        self.subject = subject
        self.instance = instance
        self.holdFor = holdFor
        self.severity = severity
        self.repeatEvery = repeatEvery
        self.recipients = recipients
    }

    private static func key(of subject: AlertSubject, instance: Glob) -> String {
        let place = instance.pattern == "*" ? "" : " [\(instance.pattern)]"
        switch subject {
        case .metric(let name, let threshold):
            return "\(name)\(place) \(threshold.comparison.rawValue) \(NumberText.exact(threshold.value))"
        case .commandStatus(let name):
            return "\(name)\(place) status"
        case .highTraffic(let threshold, let window):
            let level = "\(threshold.comparison.rawValue) \(NumberText.exact(threshold.value))"
            return "\(subject.type)\(place) \(level) over \(window.wholeSeconds)s"
        case .logSilent, .deliveryFailed:
            return "\(subject.type)\(place)"
        case .unreachable, .noData, .machineChanged, .clockSkew:
            return subject.type
        }
    }

    /// The same rules with keys that differ: of rules that watch the same (a group's and a host's own, with other
    /// recipients) the later ones get ` #2`, ` #3`….
    package static func distinguished(_ rules: [AlertRule]) -> [AlertRule] {
        var seen: [String: Int] = [:]
        return rules.map { rule in
            let count = seen[rule.key, default: 0] + 1
            seen[rule.key] = count
            guard count > 1 else { return rule }
            return AlertRule(
                key: "\(rule.key) #\(count)",
                subject: rule.subject,
                instance: rule.instance,
                holdFor: rule.holdFor,
                severity: rule.severity,
                repeatEvery: rule.repeatEvery,
                recipients: rule.recipients
            )
        }
    }
}
