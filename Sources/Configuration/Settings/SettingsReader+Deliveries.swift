import Alerts

extension AlertElement {
    var isOnDeliveries: Bool { subject == .deliveryFailed }
}

/// `<delivery>`, and the alerts on it: those in it, and those of `<metricsd>` whose `instance` names it.
extension SettingsReader {
    /// A thread and a connection each.
    private static var deliveriesLimit: Int { 100 }

    func readDeliveries() {
        for element in root.children("delivery") {
            guard let name = element.attribute("name"), NameText.isName(name.value) else { continue }
            if let first = deliveries.first(where: { $0.name == name.value }) {
                findings.error(
                    at: name.valueLocation,
                    "the delivery '\(quoted(name.value))' is given twice; line \(first.element.location.line) has it",
                    allowed: "give one of them another name"
                )
                continue
            }
            guard deliveries.count < Self.deliveriesLimit else {
                findings.error(at: element.location, "there are more than \(Self.deliveriesLimit) deliveries")
                break
            }
            deliveries.append((element, name.value, delivery(element, name.value)))
        }
    }

    /// Nil where its server cannot be read, which is reported.
    private func delivery(_ element: Element, _ name: String) -> DeliverySettings? {
        let scope = Scope(elements: [element, root])
        let recipients = scope.text("mail").map(ListText.words) ?? []
        let alerts = deliveryRules(of: element, name, inherited: recipients)
        checkHostKey(of: element)
        guard let attribute = element.attribute("server"), !attribute.value.isEmpty else { return nil }
        do throws(DeliveryServer.Invalid) {
            let server = try DeliveryServer(parsing: attribute.value)
            let target = target(
                name,
                address: server.host,
                port: server.port,
                user: server.user ?? root.attribute("user")?.value,
                scope
            )
            if !hasLogin(target) {
                findings.warning(
                    at: element.location,
                    "there is nothing to log in to the delivery '\(name)' with",
                    allowed: "add a key, a password or an SSH agent"
                )
            }
            return DeliverySettings(
                name: name,
                target: target,
                directory: server.directory,
                retry: scope.duration("retry") ?? .seconds(300),
                alerts: alerts,
                recipients: recipients
            )
        } catch {
            findings.error(
                at: attribute.valueLocation,
                "the SFTP server in 'server' cannot be used: \(error.what)",
                allowed: error.allowed
            )
            return nil
        }
    }

    /// At least one: without any, the one that everybody wants.
    private func deliveryRules(of element: Element, _ name: String, inherited: [String]) -> [AlertRule] {
        var alerts = root.children("alert").filter { $0.attribute("type")?.value == AlertElement.deliveryType }
            .map { alertElement($0) }.filter { $0.instance.matches(name) }
        alerts += element.children("alert").map(alertInDelivery)
        let rules = alerts.compactMap { alert -> AlertRule? in
            alert.uses += 1
            let rule = alert.rule(recipients: inherited, instance: Glob(name))
            if rule?.recipients.isEmpty == true { alert.hasHostWithoutRecipient = true }
            return rule
        }
        guard alerts.isEmpty else { return AlertRule.distinguished(rules) }
        if inherited.isEmpty, root.children("smtp").first != nil {
            findings.warning(
                at: element.location,
                "nobody is told when the delivery '\(name)' fails",
                allowed: "add mail=\"…\" to it or <metricsd>"
            )
        }
        return [AlertRule(.deliveryFailed, instance: Glob(name), recipients: inherited)]
    }

    /// An alert that stands in a `<delivery>`.
    private func alertInDelivery(_ element: Element) -> AlertElement {
        var subject: AlertSubject?
        if let type = element.attribute("type"), !type.value.isEmpty {
            if type.value == AlertElement.deliveryType {
                refuse(["instance"], of: element, "the alert stands in the <delivery> that it watches")
                subject = noValueSubject(of: element)
            } else {
                findings.error(
                    at: type.valueLocation,
                    "the alert type '\(quoted(type.value))' does not watch a delivery",
                    allowed: "in a <delivery>: \(AlertElement.deliveryType)",
                    suggestion: NearestMatch.of(type.value, in: [AlertElement.deliveryType])
                )
            }
        }
        let alert = AlertElement(element, subject: subject)
        alertElements[ObjectIdentifier(element)] = alert
        return alert
    }

    /// Of one that stands outside: in `<metricsd>`.
    func deliverySubject(_ element: Element, _ type: Attribute) -> AlertSubject? {
        guard root.children("alert").contains(where: { $0 === element }) else {
            findings.error(
                at: type.valueLocation,
                "the alert type '\(type.value)' watches deliveries, not hosts",
                allowed: "its place is in a <delivery>, or in <metricsd> for all deliveries that 'instance' matches"
            )
            return nil
        }
        return noValueSubject(of: element)
    }

    private func noValueSubject(of element: Element) -> AlertSubject {
        refuse(
            ["above", "below", "clear", "window"],
            of: element,
            "'\(AlertElement.deliveryType)' has no value to compare"
        )
        return .deliveryFailed
    }

    func warnAboutDeliveries() {
        // A name that is none, which is told, probably means one of them.
        let areAllKnown = usedDeliveries.isSubset(of: deliveries.map(\.name))
        for delivery in deliveries where areAllKnown && !usedDeliveries.contains(delivery.name) {
            findings.warning(
                at: delivery.element.location,
                "nothing is delivered to '\(delivery.name)'",
                allowed: "add deliver=\"\(delivery.name)\" to the <store> of a log"
            )
        }
        for alert in alertElements.values where alert.isOnDeliveries && alert.uses == 0 {
            findings.warning(
                at: alert.element.location,
                "there is no delivery that this alert applies to",
                allowed: "it watches each <delivery> whose name 'instance' matches"
            )
        }
    }
}
