import Probe

/// What a `<command>` says by itself.
struct CommandElement {
    let element: Element
    let name: String
    let run: String
    let interval: Duration?
    let timeout: Duration?
    let outputLimit: Int
}

/// `<command>`.
extension SettingsReader {
    func readCommandElements(in element: Element) {
        for child in element.children {
            switch child.name {
            case "group", "host": readCommandElements(in: child)
            case "command": readCommandElement(child)
            default: break
            }
        }
    }

    private func readCommandElement(_ element: Element) {
        guard let name = element.attribute("name"), NameText.isName(name.value) else { return }
        let isMetric = MetricCatalog.selectors(for: name.value) != nil
        if isMetric || AlertElement.isReserved(name.value) {
            findings.error(
                at: name.valueLocation,
                "the name '\(quoted(name.value))' of a command is that of a metric type, a set or an alert type",
                allowed: "choose another name"
            )
        }
        let scope = Scope(elements: [element])
        commandNames.insert(name.value)
        commandElements[ObjectIdentifier(element)] = CommandElement(
            element: element,
            name: name.value,
            run: scope.text("run") ?? "",
            interval: scope.duration("interval"),
            timeout: scope.duration("timeout"),
            outputLimit: scope.text("output-limit").flatMap(SizeText.parse) ?? 65_536
        )
    }

    /// Far more than anybody runs; the probe numbers them with 16 bits.
    private static var commandsLimit: Int { 1_000 }

    /// The commands of a host, those of the outermost element first.
    func commands(in scope: Scope, interval hostInterval: Duration) -> [CommandSettings] {
        var lines: [String: Int] = [:]
        var commands: [CommandSettings] = []
        for element in scope.elements.reversed().flatMap({ $0.children("command") }) {
            guard let command = commandElements[ObjectIdentifier(element)] else { continue }
            if let line = lines[command.name] {
                findings.error(
                    at: element.location,
                    "a host has the command '\(quoted(command.name))' twice; the first is on line \(line)",
                    allowed: "give one of them another name"
                )
                continue
            }
            lines[command.name] = element.location.line
            guard commands.count < Self.commandsLimit else {
                findings.error(
                    at: element.location,
                    "a host has more than \(Self.commandsLimit) commands",
                    allowed: "let one command print several values as performance data (name=value)"
                )
                break
            }
            let interval = command.interval ?? hostInterval
            commands.append(
                CommandSettings(
                    name: command.name,
                    run: command.run,
                    interval: interval,
                    timeout: command.timeout ?? min(.seconds(30), interval),
                    outputLimit: command.outputLimit
                )
            )
        }
        return commands
    }
}
