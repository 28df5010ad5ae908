import AccessLogs
import Alerts
import LogBatches

/// What a `<log>` says by itself.
struct LogElement {
    let element: Element
    let name: String
    let path: String
    let format: AccessLogFormat
    let interval: Duration
    let startsAtBeginning: Bool
    let skips: [SkipRule]
    /// Nil where it is the host's.
    let recipients: [String]?
    let store: StoreSettings?
}

/// `<log>` and `<skip>`.
extension SettingsReader {
    func readLogElements(in element: Element) {
        for child in element.children {
            switch child.name {
            case "group", "host": readLogElements(in: child)
            case "log": readLogElement(child)
            default: break
            }
        }
    }

    private func readLogElement(_ element: Element) {
        let skips = element.children("skip").compactMap(skipRule)
        if element.attribute("format")?.value == AccessLogFormat.plain.rawValue {
            for skip in element.children("skip") { warnAboutPlainLog(skip, "there is nothing to leave out") }
        }
        guard let name = element.attribute("name"), NameText.isName(name.value) else { return }
        let scope = Scope(elements: [element])
        logElements[ObjectIdentifier(element)] = LogElement(
            element: element,
            name: name.value,
            path: scope.text("path") ?? "",
            format: scope.text("format").flatMap(AccessLogFormat.init) ?? .auto,
            interval: scope.duration("interval") ?? .seconds(5),
            startsAtBeginning: scope.text("start") == "beginning",
            skips: skips,
            recipients: scope.text("mail").map(ListText.words),
            store: element.children("store").first.flatMap { store($0, ofLog: name.value) }
        )
    }

    private func skipRule(_ element: Element) -> SkipRule? {
        let (path, agent) = (element.attribute("path")?.value, element.attribute("agent")?.value)
        guard path != nil || agent != nil else {
            // An attribute that is unknown is probably one of them.
            guard element.attributes.isEmpty else { return nil }
            findings.error(
                at: element.location,
                "<skip> does not say which requests to leave out",
                allowed: "add path=\"/health*\" or agent=\"*monitor*\""
            )
            return nil
        }
        return SkipRule(path: path, agent: agent)
    }

    /// Far more than anybody follows on one host.
    private static var logsLimit: Int { 100 }

    /// The logs of a host, those of the outermost element first.
    func logs(in scope: Scope) -> [(element: LogElement, settings: LogSettings)] {
        let inherited = scope.text("mail").map(ListText.words) ?? []
        var lines: [String: Int] = [:]
        var logs: [(element: LogElement, settings: LogSettings)] = []
        for element in scope.elements.reversed().flatMap({ $0.children("log") }) {
            guard let log = logElements[ObjectIdentifier(element)] else { continue }
            if let line = lines[log.name] {
                findings.error(
                    at: element.location,
                    "a host has the log '\(quoted(log.name))' twice; the first is on line \(line)",
                    allowed: "give one of them another name"
                )
                continue
            }
            lines[log.name] = element.location.line
            guard logs.count < Self.logsLimit else {
                findings.error(at: element.location, "a host has more than \(Self.logsLimit) logs")
                break
            }
            let settings = LogSettings(
                name: log.name,
                path: log.path,
                format: log.format,
                interval: log.interval,
                startsAtBeginning: log.startsAtBeginning,
                skips: log.skips,
                recipients: log.recipients ?? inherited,
                store: log.store
            )
            logs.append((log, settings))
        }
        return logs
    }
}
