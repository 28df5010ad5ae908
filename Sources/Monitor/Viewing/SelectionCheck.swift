import Alerts
import Configuration
import Journal

/// Whether there is what is asked for, so that a misspelt name does not look like a log without lines.
struct SelectionCheck {
    private let hosts: [String]
    /// Those that are stored, or are to be.
    private let logs: [LogName]
    private let commands: [String]

    init(_ configuration: ServerConfiguration, stored: [LogName]) {
        var hosts = configuration.hosts.map(\.name)
        for name in stored where !hosts.contains(name.host) { hosts.append(name.host) }
        self.hosts = hosts
        let configured = configuration.hosts.flatMap { host in
            host.logs.filter { $0.store != nil }.map { LogName(host: host.name, log: $0.name) }
        }
        logs = Array(Set(stored + configured))
        commands = Set(configuration.hosts.flatMap { $0.commands.map(\.name) }).sorted()
    }

    func check(_ selection: LogSelection) throws(LogViewError) {
        for pattern in selection.hosts where !hosts.contains(where: pattern.matches) {
            throw LogViewError(.usage, "there is no host \(pattern.pattern). There \(Self.list(hosts, of: "host")).")
        }
        for name in selection.commands where !commands.contains(name) {
            let others =
                commands.isEmpty ? "The configuration has none." : "There \(Self.list(commands, of: "command"))."
            throw LogViewError(.usage, "there is no command \(name). \(others)")
        }
        guard selection.wantsLogs else { return }
        guard !logs.isEmpty else {
            throw LogViewError(
                .unavailable,
                "no lines are stored. Add <store/> to a <log> in the configuration; what comes from then on is kept, and "
                    + "shown here."
            )
        }
        let ofHosts = logs.filter { selection.wants(host: $0.host) }
        guard !ofHosts.isEmpty else {
            throw LogViewError(
                .unavailable,
                "no lines of \(selection.hosts.map(\.pattern).joined(separator: ", ")) are stored. Add <store/> to the "
                    + "<log> of the host; what comes from then on is kept, and shown here."
            )
        }
        for pattern in selection.logs where !ofHosts.contains(where: { pattern.matches($0.log) }) {
            let names = Set(ofHosts.map(\.log)).sorted()
            throw LogViewError(
                .usage,
                "there is no stored log \(pattern.pattern). There \(Self.list(names, of: "log"))."
            )
        }
    }

    private static func list(_ names: [String], of what: String) -> String {
        let shown = names.prefix(10).joined(separator: ", ")
        let more = names.count > 10 ? " and \(names.count - 10) more" : ""
        return names.count == 1 ? "is one \(what), \(shown)" : "are \(shown)\(more)"
    }
}
