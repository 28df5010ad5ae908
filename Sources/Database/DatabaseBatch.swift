package import Wire

/// Rows that belong together: stored in one transaction, all or none.
///
/// Storing the same batch again changes nothing, so a batch whose commit was not confirmed is simply stored again.
package struct DatabaseBatch: Equatable, Sendable {
    package var hosts: [HostRow]
    package var samples: [HostSamples]
    package var alerts: [AlertRow]
    package var commandOutputs: [CommandOutputRow]
    package var traffic: [TrafficRow]
    /// In the order in which they were made.
    package var logBatches: [LogBatchRow]
    /// The last of the records that the rows are from. A batch with traffic has to have it.
    package var position: JournalPosition?

    package init(
        hosts: [HostRow] = [],
        samples: [HostSamples] = [],
        alerts: [AlertRow] = [],
        commandOutputs: [CommandOutputRow] = [],
        traffic: [TrafficRow] = [],
        logBatches: [LogBatchRow] = [],
        position: JournalPosition? = nil
    ) {
        self.hosts = hosts
        self.samples = samples
        self.alerts = alerts
        self.commandOutputs = commandOutputs
        self.traffic = traffic
        self.logBatches = logBatches
        self.position = position
    }

    package var isEmpty: Bool {
        hosts.isEmpty && samples.isEmpty && alerts.isEmpty && commandOutputs.isEmpty && traffic.isEmpty
            && logBatches.isEmpty
    }
}

/// A host's row in `hosts`, found by its name. What is nil stays as the table has it.
package struct HostRow: Equatable, Sendable {
    package enum State: String, Sendable {
        case up, unreachable, refused, unknown
    }

    package var name: String
    package var address: String
    /// 0 keeps what is stored.
    package var port: UInt16
    package var state: State
    package var machineID: String?
    package var kernel: String?
    package var architecture: String?
    package var lastSeen: Timestamp?
    /// Empty takes the stored error away.
    package var lastError: String?
    /// The host's clock minus ours.
    package var clockSkewMilliseconds: Int64?

    package init(
        name: String,
        address: String,
        port: UInt16 = 22,
        state: State = .unknown,
        machineID: String? = nil,
        kernel: String? = nil,
        architecture: String? = nil,
        lastSeen: Timestamp? = nil,
        lastError: String? = nil,
        clockSkewMilliseconds: Int64? = nil
    ) {
        self.name = name
        self.address = address
        self.port = port
        self.state = state
        self.machineID = machineID
        self.kernel = kernel
        self.architecture = architecture
        self.lastSeen = lastSeen
        self.lastError = lastError
        self.clockSkewMilliseconds = clockSkewMilliseconds
    }
}

/// A row of `metrics`. A metric that samples name and nobody registered gets a row without unit and description.
package struct MetricRow: Equatable, Sendable {
    package var name: String
    package var unit: String
    package var description: String

    package init(name: String, unit: String, description: String) {
        self.name = name
        self.unit = unit
        self.description = description
    }
}

/// What one poll of one host measured.
package struct HostSamples: Equatable, Sendable {
    package var host: String
    package var collectedAt: Timestamp
    /// The same order at each poll of the host makes storing them cheap.
    package var samples: [SeriesSample]

    package init(host: String, collectedAt: Timestamp, samples: [SeriesSample]) {
        self.host = host
        self.collectedAt = collectedAt
        self.samples = samples
    }
}

/// One value with its names.
package struct SeriesSample: Equatable, Sendable {
    package var metric: String
    package var instance: String
    /// A value that is not finite is left out.
    package var value: Double

    package init(metric: String, instance: String = "", value: Double) {
        self.metric = metric
        self.instance = instance
        self.value = value
    }
}

/// A row of `alerts`: written when an alert fires, and again with each change until it is resolved.
package struct AlertRow: Equatable, Sendable {
    package enum Severity: String, Sendable {
        case warning, critical
    }

    package enum Comparison: String, Sendable {
        case above, below
    }

    /// At most 40 characters.
    package var alertID: String
    package var host: String
    package var type: String
    package var instance: String
    package var severity: Severity
    package var comparison: Comparison?
    package var threshold: Double?
    package var unit: String
    package var value: Double?
    package var peak: Double?
    package var openedAt: Timestamp
    package var resolvedAt: Timestamp?
    package var reason: String?

    package init(
        alertID: String,
        host: String,
        type: String,
        instance: String = "",
        severity: Severity = .warning,
        comparison: Comparison? = nil,
        threshold: Double? = nil,
        unit: String = "",
        value: Double? = nil,
        peak: Double? = nil,
        openedAt: Timestamp,
        resolvedAt: Timestamp? = nil,
        reason: String? = nil
    ) {
        self.alertID = alertID
        self.host = host
        self.type = type
        self.instance = instance
        self.severity = severity
        self.comparison = comparison
        self.threshold = threshold
        self.unit = unit
        self.value = value
        self.peak = peak
        self.openedAt = openedAt
        self.resolvedAt = resolvedAt
        self.reason = reason
    }
}

/// A row of `command_outputs`, found by host, command and start.
package struct CommandOutputRow: Equatable, Sendable {
    package var host: String
    package var command: String
    package var startedAt: Timestamp
    package var durationMilliseconds: UInt32
    package var ending: CommandResult.Ending
    /// Exit status, signal number or `errno`, by `ending`.
    package var status: Int32
    /// As it came; what is not UTF-8 is replaced, and what is too long is cut.
    package var output: [UInt8]
    package var isTruncated: Bool

    package init(
        host: String,
        command: String,
        startedAt: Timestamp,
        durationMilliseconds: UInt32,
        ending: CommandResult.Ending,
        status: Int32,
        output: [UInt8],
        isTruncated: Bool
    ) {
        self.host = host
        self.command = command
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
        self.ending = ending
        self.status = status
        self.output = output
        self.isTruncated = isTruncated
    }
}
