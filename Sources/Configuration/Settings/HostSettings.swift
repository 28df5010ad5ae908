package import Alerts
package import SSH

/// One `<host>` with everything it inherits.
package struct HostSettings: Equatable, Sendable {
    package var name: String
    package var target: SSHTarget
    /// Time between two polls.
    package var interval: Duration
    /// What the answer to a poll may take: always shorter than the interval. The connection's own is `target.timeout`.
    package var timeout: Duration
    /// A path on the host, absolute or beginning with `~/`; nil: a place is looked for there.
    package var remoteDirectory: String?
    /// Where a probe is installed on the host, absolute; nil: one is uploaded.
    package var installedProbe: String?
    /// Selectors for a collection plan: the host's `metrics` with sets resolved, and what its alerts name; each once.
    package var metrics: [String]
    package var commands: [CommandSettings]
    /// Those of the outer groups first; names are distinct.
    package var logs: [LogSettings]
    /// Those of the outer groups first, those of each log last; keys are distinct. Rules on logs name one log each.
    package var alerts: [AlertRule]
    /// Those of the outer groups first.
    package var maintenance: [MaintenanceWindow]
    /// The host that it is reached through.
    package var parent: String?
    /// Who is told what needs no rule: its `mail`.
    package var recipients: [String]
    /// Names of the groups it stands in, outermost first.
    package var groups: [String]
    /// Only a way to hosts: connected to, and nothing is collected.
    package var isBastion: Bool

    package init(
        name: String,
        target: SSHTarget,
        interval: Duration,
        timeout: Duration,
        remoteDirectory: String? = nil,
        installedProbe: String? = nil,
        metrics: [String],
        commands: [CommandSettings] = [],
        logs: [LogSettings] = [],
        alerts: [AlertRule] = [],
        maintenance: [MaintenanceWindow] = [],
        parent: String? = nil,
        recipients: [String] = [],
        groups: [String] = [],
        isBastion: Bool = false
    ) {
        self.isBastion = isBastion
        self.name = name
        self.target = target
        self.interval = interval
        self.timeout = timeout
        self.remoteDirectory = remoteDirectory
        self.installedProbe = installedProbe
        self.metrics = metrics
        self.commands = commands
        self.logs = logs
        self.alerts = alerts
        self.maintenance = maintenance
        self.parent = parent
        self.recipients = recipients
        self.groups = groups
    }
}

/// One `<command>` as it applies to a host.
package struct CommandSettings: Equatable, Sendable {
    package var name: String
    /// For `sh -c`.
    package var run: String
    package var interval: Duration
    package var timeout: Duration
    /// How many bytes of its output are kept.
    package var outputLimit: Int

    package init(name: String, run: String, interval: Duration, timeout: Duration, outputLimit: Int) {
        self.name = name
        self.run = run
        self.interval = interval
        self.timeout = timeout
        self.outputLimit = outputLimit
    }
}
