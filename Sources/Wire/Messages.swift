/// What the probe shall collect until it is told otherwise. Sent once per probe start.
package struct CollectionPlan: Equatable, Sendable {
    /// Metric selectors of the probe's list (`cpu_percent`, `cores`); a metric's number is its place here.
    package var metrics: [String]
    package var commands: [CommandPlan]
    /// A log's number is its place here.
    package var logs: [LogPlan]
    /// What one collector may take before it is reported as failed.
    package var collectorDeadlineMilliseconds: UInt32

    package init(
        metrics: [String],
        commands: [CommandPlan] = [],
        logs: [LogPlan] = [],
        collectorDeadlineMilliseconds: UInt32 = 2_000
    ) {
        self.metrics = metrics
        self.commands = commands
        self.logs = logs
        self.collectorDeadlineMilliseconds = collectorDeadlineMilliseconds
    }
}

/// A configured command, run by `sh -c` on the host when a poll names its number.
package struct CommandPlan: Equatable, Sendable {
    package var run: String
    package var deadlineMilliseconds: UInt32
    package var outputLimitBytes: UInt32

    package init(run: String, deadlineMilliseconds: UInt32, outputLimitBytes: UInt32) {
        self.run = run
        self.deadlineMilliseconds = deadlineMilliseconds
        self.outputLimitBytes = outputLimitBytes
    }
}

/// A probe that a restricted key starts answers with this `errno` (EKEYREJECTED) where the key's line does not list a
/// command or a log: the command was not started, the log cannot be read.
package enum RestrictedKey {
    package static let errorNumber: Int32 = 129
}

/// Server to probe.
package enum Request: Equatable, Sendable {
    /// The first request; answered by `Reply.hello`.
    case configure(CollectionPlan)
    /// Answered by `Reply.snapshot`. `withMetrics` false only gathers the results of commands.
    ///
    /// With a delay the probe waits that long before it begins, so that the server can ask ahead and need not wake for
    /// the asking alone. Other requests are carried out meanwhile; a further poll or a new plan takes the place of the
    /// poll that waits, which then stays without an answer.
    case poll(sequence: UInt32, withMetrics: Bool, commandsDue: [UInt16], delayMicroseconds: UInt64 = 0)
    /// Answered by any number of `Reply.logChunk` and one `Reply.logsRead`. The chunks hold at most `budgetBytes` of
    /// the logs together, and the logs take turns. A poll that comes meanwhile is answered before further chunks; a
    /// further `readLogs` is carried out behind this one.
    case readLogs(sequence: UInt32, budgetBytes: UInt32, logs: [LogRead])
}

/// Who answered: what binds rows to a machine rather than to a name.
package struct HostIdentity: Equatable, Sendable {
    /// `/etc/machine-id`, else `/var/lib/dbus/machine-id`; empty where neither exists.
    package var machineID: String
    /// `uname -r`
    package var kernel: String
    /// `uname -m`
    package var architecture: String
    /// `uname -n`
    package var nodeName: String
    /// The host's clock when it answered.
    package var clock: Timestamp

    package init(machineID: String, kernel: String, architecture: String, nodeName: String, clock: Timestamp) {
        self.machineID = machineID
        self.kernel = kernel
        self.architecture = architecture
        self.nodeName = nodeName
        self.clock = clock
    }
}

/// Probe to server.
package enum Reply: Equatable, Sendable {
    /// `unknownMetrics` are numbers of the plan that this probe does not know.
    case hello(HostIdentity, unknownMetrics: [UInt16])
    case snapshot(Snapshot)
    case logChunk(LogChunk)
    case logsRead(LogsRead)
}
