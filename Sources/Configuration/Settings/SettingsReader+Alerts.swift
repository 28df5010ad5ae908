import Alerts
import Probe

/// What an `<alert>` says by itself, and what its hosts made of it.
final class AlertElement {
    /// Alert types that are states of a host rather than metrics.
    static let states = ["unreachable", "no_data"]

    let element: Element
    /// Nil where something in it is wrong and has been reported.
    let subject: AlertSubject?
    /// Nil where the type is a state or the name of a command.
    let metric: MetricDefinition?
    /// The command it needs.
    let command: Attribute?
    let recipients: [String]?
    var hosts = 0
    var hostsWithoutCommand: [String] = []
    var hasHostWithoutRecipient = false

    init(
        _ element: Element,
        subject: AlertSubject?,
        metric: MetricDefinition? = nil,
        command: Attribute? = nil
    ) {
        self.element = element
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

    func rule(recipients inherited: [String]) -> AlertRule? {
        guard let subject else { return nil }
        let scope = Scope(elements: [element])
        return AlertRule(
            subject,
            instance: Glob(scope.text("instance") ?? "*"),
            holdFor: scope.duration("for") ?? .zero,
            severity: scope.text("severity").flatMap(AlertSeverity.init) ?? .warning,
            repeatEvery: scope.duration("repeat"),
            recipients: recipients ?? inherited
        )
    }
}

/// `<alert>`: what it means on each host.
extension SettingsReader {
    /// The rules of a host, those of the outermost element first, and the selectors of the metrics they watch.
    func alerts(
        in scope: Scope,
        host: String,
        commands: Set<String>
    ) -> (rules: [AlertRule], selectors: [String]) {
        let inherited = scope.text("mail").map(ListText.words) ?? []
        var rules: [AlertRule] = []
        var selectors: [String] = []
        for element in scope.elements.reversed().flatMap({ $0.children("alert") }) {
            guard ruleCount + rules.count < 500_000 else {
                findings.error(at: root.location, "all hosts together have more than 500000 alerts and commands")
                break
            }
            let alert = alertElement(element)
            alert.hosts += 1
            if let command = alert.command, !commands.contains(command.value) {
                alert.hostsWithoutCommand.append(host)
                continue
            }
            guard let rule = alert.rule(recipients: inherited) else { continue }
            if rule.recipients.isEmpty { alert.hasHostWithoutRecipient = true }
            rules.append(rule)
            selectors += alert.selectors
        }
        return (AlertRule.distinguished(rules), selectors)
    }

    private func alertElement(_ element: Element) -> AlertElement {
        let key = ObjectIdentifier(element)
        if let known = alertElements[key] { return known }
        let alert = readAlertElement(element)
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
            default: break
            }
        }
    }
}
