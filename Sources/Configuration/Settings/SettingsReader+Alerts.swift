import Alerts
import Probe

/// What an `<alert>` says by itself, and what its hosts made of it.
final class AlertElement {
    /// Alert types that are states of a host rather than metrics.
    static let states = ["unreachable", "no_data"]
    /// Alert types that watch a log.
    static let logTypes = ["high_traffic", "log_silent"]
    /// The alert type that watches deliveries.
    static let deliveryType = "delivery_failed"
    /// Types that stand in rows and mails without being configured.
    static let unconfiguredTypes = [
        "log_loss", "machine_changed", "clock_skew", "disk_budget", "journal_growing", "journal_damaged",
        "delivery_conflict", "batch_altered",
    ]

    /// Whether a command may not have the name: it is an alert's type.
    static func isReserved(_ name: String) -> Bool {
        states.contains(name) || logTypes.contains(name) || name == deliveryType || unconfiguredTypes.contains(name)
    }

    let element: Element
    /// Nil where something in it is wrong and has been reported.
    let subject: AlertSubject?
    /// Nil where the type is a state or the name of a command.
    let metric: MetricDefinition?
    /// The command it needs.
    let command: Attribute?
    let recipients: [String]?
    /// Whether it stands in a `<log>`.
    let isInLog: Bool
    /// How often it applies: on so many logs, or hosts.
    var uses = 0
    var hostsWithoutCommand: [String] = []
    var hasHostWithoutRecipient = false

    init(
        _ element: Element,
        subject: AlertSubject?,
        metric: MetricDefinition? = nil,
        command: Attribute? = nil,
        isInLog: Bool = false
    ) {
        self.element = element
        self.isInLog = isInLog
        self.subject = subject
        self.metric = metric
        self.command = command
        recipients = element.attribute("mail").map { ListText.words($0.value) }
    }

    /// The metrics to collect for it: its type, and the set that brings further instances where it asks for one.
    lazy var selectors: [String] = {
        guard let metric else { return [] }
        let instance = element.attribute("instance")?.value ?? "*"
        let sets = MetricCatalog.definitions.filter { $0.name == metric.name && $0.selector != metric.selector }
        return [metric.selector] + (instance == "*" ? [] : sets.map(\.selector))
    }()

    var instance: Glob { Glob(element.attribute("instance")?.value ?? "*") }

    /// - Parameters:
    ///   - inherited: who gets the mails where it does not say so itself.
    ///   - instance: instead of its own.
    ///   - holdFor: where it has no `for`.
    func rule(
        recipients inherited: [String],
        instance: Glob? = nil,
        holdFor: Duration = .zero
    ) -> AlertRule? {
        guard let subject else { return nil }
        let scope = Scope(elements: [element])
        return AlertRule(
            subject,
            instance: instance ?? self.instance,
            holdFor: scope.duration("for") ?? holdFor,
            severity: scope.text("severity").flatMap(AlertSeverity.init) ?? .warning,
            repeatEvery: scope.duration("repeat"),
            recipients: recipients ?? inherited
        )
    }
}

/// `<alert>`: what it means on each host.
extension SettingsReader {
    /// The rules of a host, those of the outermost element first and those in its logs last, and the selectors of the
    /// metrics they watch.
    func alerts(
        in scope: Scope,
        host: String,
        commands: Set<String>,
        logs: [(element: LogElement, settings: LogSettings)]
    ) -> (rules: [AlertRule], selectors: [String]) {
        let inherited = scope.text("mail").map(ListText.words) ?? []
        var rules: [AlertRule] = []
        var selectors: [String] = []
        for element in scope.elements.reversed().flatMap({ $0.children("alert") }) {
            guard hasRoom(for: rules) else { break }
            let alert = alertElement(element)
            if alert.isOnDeliveries { continue }
            if alert.isOnLogs {
                rules += logs.compactMap { logRule(alert, on: $0.element, host: $0.settings, inherited: inherited) }
                continue
            }
            alert.uses += 1
            if let command = alert.command, !commands.contains(command.value) {
                alert.hostsWithoutCommand.append(host)
                continue
            }
            guard let rule = alert.rule(recipients: inherited) else { continue }
            if rule.recipients.isEmpty { alert.hasHostWithoutRecipient = true }
            rules.append(rule)
            selectors += alert.selectors
        }
        for log in logs where hasRoom(for: rules) {
            let own = log.element.element.children("alert").map { alertElement($0, isInLog: true) }
            rules += own.compactMap {
                logRule($0, on: log.element, host: log.settings, inherited: log.settings.recipients)
            }
        }
        return (AlertRule.distinguished(rules), selectors)
    }

    private func hasRoom(for rules: [AlertRule]) -> Bool {
        guard ruleCount + rules.count >= 500_000 else { return true }
        findings.error(at: root.location, "all hosts together have more than 500000 alerts, commands and logs")
        return false
    }

    func alertElement(_ element: Element, isInLog: Bool = false) -> AlertElement {
        let key = ObjectIdentifier(element)
        if let known = alertElements[key] { return known }
        let alert = readAlertElement(element, isInLog: isInLog)
        alertElements[key] = alert
        return alert
    }

    func reportAlertsWithoutTheirCommand() {
        readAlertsWithoutHosts(in: root)
        for alert in alertElements.values where !alert.hostsWithoutCommand.isEmpty {
            guard let command = alert.command else { continue }
            let names = alert.hostsWithoutCommand.prefix(3).map { "'\(quoted($0))'" }.joined(separator: ", ")
            let more = alert.hostsWithoutCommand.count > 3 ? " and \(alert.hostsWithoutCommand.count - 3) more" : ""
            findings.error(
                at: command.valueLocation,
                "the command '\(quoted(command.value))' is missing on the hosts that this alert applies to: "
                    + names + more,
                allowed: "an alert belongs to the element that has its command, or deeper"
            )
        }
    }

    /// An alert that applies to no host yet has its errors told all the same.
    private func readAlertsWithoutHosts(in element: Element) {
        for child in element.children {
            switch child.name {
            case "group", "host": readAlertsWithoutHosts(in: child)
            case "alert": _ = alertElement(child)
            case "log": for alert in child.children("alert") { _ = alertElement(alert, isInLog: true) }
            default: break
            }
        }
    }
}
