package import Alerts
import LogBatches
package import Wire

/// What of the stored lines is wanted.
package struct LogSelection: Sendable {
    /// Patterns of host names; none: all.
    package var hosts: [Glob]
    /// Patterns of log names; none: all, or none where a command is wanted.
    package var logs: [Glob]
    /// Names of commands whose outputs are wanted.
    package var commands: [String]
    package var from: Timestamp?
    /// Lines of it and later are not wanted.
    package var to: Timestamp?
    /// All of them have to be in a line.
    package var texts: [String]
    package var ignoresCase: Bool
    /// As many of the last lines; nil for all.
    package var tail: Int?
    /// Goes on with what is stored from now on.
    package var follows: Bool

    package init(
        hosts: [String] = [],
        logs: [String] = [],
        commands: [String] = [],
        from: Timestamp? = nil,
        to: Timestamp? = nil,
        texts: [String] = [],
        ignoresCase: Bool = false,
        tail: Int? = nil,
        follows: Bool = false
    ) {
        self.hosts = hosts.map(Glob.init)
        self.logs = logs.map(Glob.init)
        self.commands = commands
        self.from = from
        self.to = to
        self.texts = texts
        self.ignoresCase = ignoresCase
        self.tail = tail
        self.follows = follows
    }

    var wantsLogs: Bool { !logs.isEmpty || commands.isEmpty }

    var filter: LineFilter {
        LineFilter(
            times: (from?.milliseconds ?? .min)..<max(to?.milliseconds ?? .max, from?.milliseconds ?? .min),
            texts: texts,
            ignoresCase: ignoresCase
        )
    }

    func wants(host: String) -> Bool { hosts.isEmpty || hosts.contains { $0.matches(host) } }
    func wants(log: String) -> Bool { wantsLogs && (logs.isEmpty || logs.contains { $0.matches(log) }) }
}
