import Alerts
import Probe

/// What an `<alert>` says by itself: its type and threshold.
extension SettingsReader {
    /// - Parameter isInLog: whether it stands in a `<log>`.
    func readAlertElement(_ element: Element, isInLog: Bool) -> AlertElement {
        guard let type = element.attribute("type"), !type.value.isEmpty else {
            return AlertElement(element, subject: nil, isInLog: isInLog)
        }
        if isInLog || AlertElement.logTypes.contains(type.value) {
            return AlertElement(element, subject: logSubject(element, type, isInLog: isInLog), isInLog: isInLog)
        }
        if type.value == AlertElement.deliveryType {
            return AlertElement(element, subject: deliverySubject(element, type))
        }
        refuse(["window"], of: element, "only 'high_traffic' has a window")
        if AlertElement.states.contains(type.value) {
            refuse(["instance", "above", "below", "clear"], of: element, "'\(type.value)' has no value to compare")
            return AlertElement(element, subject: type.value == "no_data" ? .noData : .unreachable)
        }
        if let metric = MetricCatalog.definition(named: type.value) {
            return AlertElement(element, subject: metricSubject(metric, element, type), metric: metric)
        }
        if commandNames.contains(type.value) {
            return AlertElement(element, subject: commandSubject(element, type), command: type)
        }
        reportUnknown(type)
        return AlertElement(element, subject: nil)
    }

    private func reportUnknown(_ type: Attribute) {
        if MetricCatalog.setNames.contains(type.value) {
            return findings.error(
                at: type.valueLocation,
                "'\(type.value)' is a set, not a metric type",
                allowed: "name one metric type; instance=\"…\" chooses among its instances"
            )
        }
        let states = AlertElement.states + AlertElement.logTypes + [AlertElement.deliveryType]
        let candidates = MetricCatalog.definitions.map(\.name) + commandNames.sorted() + states
        findings.error(
            at: type.valueLocation,
            "unknown metric type '\(quoted(type.value))'",
            allowed: "allowed are the metric types of docs/metrics.md, the names of commands, "
                + states.joined(separator: ", "),
            suggestion: NearestMatch.of(type.value, in: candidates)
        )
    }

    private func metricSubject(_ metric: MetricDefinition, _ element: Element, _ type: Attribute) -> AlertSubject? {
        guard element.attribute("above") != nil || element.attribute("below") != nil else {
            findings.error(
                at: element.location,
                "the alert on '\(type.value)' has no threshold",
                allowed: "add above=\"…\" or below=\"…\""
                    + (metric.unit.isEmpty ? "" : ", in the metric's unit: \(metric.unit)")
            )
            return nil
        }
        return threshold(of: element).map { .metric(type.value, $0) }
    }

    /// Without a threshold it is the command's exit status that is watched.
    private func commandSubject(_ element: Element, _ type: Attribute) -> AlertSubject? {
        if element.attribute("above") == nil, element.attribute("below") == nil {
            refuse(["instance", "clear"], of: element, "without 'above' or 'below' the exit status is watched")
            return .commandStatus(type.value)
        }
        return threshold(of: element).map { .metric(type.value, $0) }
    }

    /// - Parameter fallback: what holds without `above` and `below`, as `above`.
    func threshold(of element: Element, fallback: Double? = nil) -> AlertThreshold? {
        let comparison: AlertComparison = element.attribute("below") == nil ? .above : .below
        let given = element.attribute(comparison.rawValue)
        guard let value = given.map({ NumberText.decimal($0.value) }) ?? fallback else { return nil }
        guard let clear = element.attribute("clear") else { return AlertThreshold(comparison, value) }
        guard let number = NumberText.decimal(clear.value) else { return nil }
        let isOnTheGoodSide = comparison == .above ? number <= value : number >= value
        guard isOnTheGoodSide else {
            findings.error(
                at: clear.valueLocation,
                "'clear' is on the wrong side of '\(comparison.rawValue)'",
                allowed: comparison == .above
                    ? "it must be at most the threshold: the alert is over when the value has come down to it"
                    : "it must be at least the threshold: the alert is over when the value has come up to it"
            )
            return nil
        }
        return AlertThreshold(comparison, value, clear: number)
    }

    func refuse(_ names: [String], of element: Element, _ reason: String) {
        for attribute in element.attributes where names.contains(attribute.name) {
            findings.error(
                at: attribute.location,
                "'\(attribute.name)' does not apply here: \(reason)",
                allowed: "remove it"
            )
        }
    }
}
