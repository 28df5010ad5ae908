import Alerts
import Foundation
import Probe
import Wire

/// `<maintenance>`, and the types of alerts that it and `metricsd silence` may name.
extension SettingsReader {
    /// The windows of an element and all it stands in, those of the outermost first.
    func maintenance(in elements: [Element]) -> [MaintenanceWindow] {
        elements.reversed().flatMap { $0.children("maintenance") }.compactMap(maintenance)
    }

    /// Nil where something in it is wrong and has been reported.
    private func maintenance(_ element: Element) -> MaintenanceWindow? {
        let key = ObjectIdentifier(element)
        if let known = maintenanceElements[key] { return known }
        let window = readMaintenance(element)
        maintenanceElements[key] = .some(window)
        return window
    }

    private func readMaintenance(_ element: Element) -> MaintenanceWindow? {
        checkType(of: element)
        let timeZone = timeZone(of: element)
        let every = element.attribute("every").flatMap { MaintenanceWindow.Recurrence(rawValue: $0.value) }
        if every == nil, element.attribute("every") != nil { return nil }
        guard let fromText = element.attribute("from"), let toText = element.attribute("to"),
            let from = time(fromText, every), let to = time(toText, every), let timeZone
        else { return nil }
        guard every == nil ? to.seconds > from.seconds : to != from else {
            findings.error(
                at: toText.valueLocation,
                every == nil ? "the maintenance ends before it begins" : "the maintenance ends when it begins",
                allowed: every == nil
                    ? "'to' is after 'from'" : "'to' differs from 'from'; 00:00 to 24:00 is a whole day"
            )
            return nil
        }
        let window = MaintenanceWindow(
            from: from,
            to: to,
            every: every,
            timeZone: timeZone,
            type: element.attribute("type")?.value,
            reason: element.attribute("reason")?.value ?? ""
        )
        if window.occurrence(at: Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1_000))) == nil {
            findings.warning(
                at: element.location,
                "this maintenance is over",
                allowed: "it can be removed"
            )
        }
        return window
    }

    private func time(_ attribute: Attribute, _ every: MaintenanceWindow.Recurrence?) -> WallTime? {
        guard let time = WallTime(attribute.value) else { return nil }
        let (form, text): (WallTime.Form, String) =
            switch every {
            case nil: (.date, "without 'every' it needs a date: 2026-12-01 22:00")
            case .daily: (.time, "with every=\"day\" it is a time of the day: 22:00")
            case .weekly: (.weekday, "with every=\"week\" it needs a day of the week: Sun 22:00")
            }
        guard time.form == form else {
            findings.error(
                at: attribute.valueLocation,
                "the time '\(quoted(attribute.value))' in '\(attribute.name)' does not fit",
                allowed: text
            )
            return nil
        }
        return time
    }

    private func timeZone(of element: Element) -> TimeZone? {
        guard let attribute = element.attribute("timezone") else { return .current }
        if let zone = TimeZone(identifier: attribute.value), attribute.value.contains("/") || attribute.value == "UTC" {
            return zone
        }
        findings.error(
            at: attribute.valueLocation,
            "unknown time zone '\(quoted(attribute.value))'",
            allowed: "UTC, or a name of the IANA such as Europe/Berlin (timedatectl list-timezones)",
            suggestion: NearestMatch.of(attribute.value, in: TimeZone.knownTimeZoneIdentifiers + ["UTC"])
        )
        return nil
    }

    private func checkType(of element: Element) {
        guard let type = element.attribute("type"), !type.value.isEmpty else { return }
        let known = AlertTypes.all(commands: commandNames)
        guard !known.contains(type.value) else { return }
        findings.error(
            at: type.valueLocation,
            "unknown alert type '\(quoted(type.value))'",
            allowed: "a type as an alert has it: a metric type, the name of a command, or \(AlertTypes.named)",
            suggestion: NearestMatch.of(type.value, in: known)
        )
    }
}

/// Which types alerts can have.
package enum AlertTypes {
    /// Those that are neither metrics nor commands, for people.
    package static let named =
        (AlertElement.states + AlertElement.logTypes + [AlertElement.deliveryType]
        + AlertElement.unconfiguredTypes).joined(separator: ", ")

    /// - Parameter commands: their names.
    package static func all(commands: Set<String>) -> [String] {
        MetricCatalog.definitions.map(\.name) + commands.sorted() + AlertElement.states + AlertElement.logTypes
            + [AlertElement.deliveryType] + AlertElement.unconfiguredTypes
    }
}
