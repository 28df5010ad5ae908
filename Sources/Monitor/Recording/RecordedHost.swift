import Alerts
import Configuration
import Database
import Journal
import Logging
import Probe
import SSH
import Wire

/// What the recorder keeps of one host between two reports.
struct RecordedHost {
    struct LogLine {
        var level: Logger.Level
        var host: String
        var text: String
    }

    let name: String
    /// For each number that a sample of this host carries, the metric's place in the batches' list of names.
    private(set) var numbers: [Int]
    var alerts: HostAlerts
    /// In the order of the configuration.
    var logs: [RecordedLog]
    /// What fires now, by id.
    var openAlerts: [String: Alert]
    private(set) var state: HostState
    /// The one that its rows are of; nil until it is known.
    var machine: MachineRecord?

    private(set) var settings: HostSettings
    var silencesChangeAt = SilencesChange.unknown
    /// Why its alerts are held back for its parent; nil while they are not.
    var parentHold: ParentHold?
    /// When a try to reach it last ended, or its last answer came.
    var lastTriedAt: Timestamp?
    private var plan: CollectionPlan
    /// The numbers of what `status` shows.
    private var summary: (cpu: Int?, memory: Int?, disk: Int?)
    var clockSkewMilliseconds: Int64?
    /// It has moved since its row was written.
    var isClockRowDue = false
    private var downSince: Timestamp?
    private var failures: [CollectorFailure] = []
    private var stored: HostState?
    /// Of those that its restricted key does not list.
    var forbiddenCommands: Set<UInt16> = []

    /// - Parameters:
    ///   - restored: its alerts' states from the journal.
    ///   - last: how it stood at the end of the last run.
    ///   - logs: the same for its logs, and others'.
    ///   - machine: the one that it is bound to.
    init(
        _ settings: HostSettings,
        restored: [AlertState] = [],
        last: HostState? = nil,
        logs stored: [LogName: LogStatusRecord] = [:],
        machine: MachineRecord? = nil,
        numbering: inout MetricNumbering
    ) {
        self.settings = settings
        self.machine = machine
        name = settings.name
        plan = CollectionPlan(settings)
        let metrics = settings.alertMetrics
        numbers = metrics.map { numbering.number(of: $0.name) }
        summary = (
            plan.metrics.firstIndex(of: "cpu_percent"), plan.metrics.firstIndex(of: "mem_percent"),
            plan.metrics.firstIndex(of: "disk_used_percent")
        )
        logs = settings.logs.map {
            RecordedLog($0, host: settings.name, stored: stored[LogName(host: settings.name, log: $0.name)])
        }
        alerts = HostAlerts(
            host: settings.name,
            rules: settings.alerts,
            metrics: metrics,
            logs: zip(settings.logs, logs).map { AlertLog($0, lastRequestAt: $1.status.lastRequestAt) },
            interval: settings.interval,
            recipients: settings.recipients,
            restored: restored
        )
        openAlerts = Dictionary(restored.compactMap(\.alert).map { ($0.id, $0) }) { _, new in new }
        state = HostState(
            host: settings.name,
            address: settings.target.address,
            state: .unknown,
            lastSeen: last?.lastSeen,
            machineID: last?.machineID ?? "",
            kernel: last?.kernel ?? "",
            architecture: last?.architecture ?? "",
            updatedAt: .now
        )
    }

    /// Goes on under other settings of the same name, as after a restart: alerts, logs and what is known of the host stay.
    ///
    /// - Parameter keepingConnection: only what is made of its answers was changed; its thread goes on.
    mutating func adopt(_ settings: HostSettings, keepingConnection: Bool, numbering: inout MetricNumbering) {
        let before = self
        self = RecordedHost(
            settings,
            restored: before.alerts.states,
            last: before.state,
            // What was counted of another file says nothing of the one that a log has now.
            logs: Dictionary(
                uniqueKeysWithValues: before.logs.map { ($0.name, $0.status) }.filter { name, status in
                    settings.logs.contains { $0.name == name.log && $0.path == status.path }
                }
            ),
            machine: before.machine,
            numbering: &numbering
        )
        guard keepingConnection else { return }
        logs = before.logs
        state = before.state
        clockSkewMilliseconds = before.clockSkewMilliseconds
        downSince = before.downSince
        lastTriedAt = before.lastTriedAt
        failures = before.failures
    }

    var maintenance: [MaintenanceWindow] { settings.maintenance }

    /// All that is known, for `hosts`.
    var row: HostRow {
        HostRow(
            name: name,
            address: settings.target.address,
            port: settings.target.port,
            state: HostRow.State(rawValue: state.state.rawValue) ?? .unknown,
            machineID: state.machineID.isEmpty ? nil : state.machineID,
            kernel: state.kernel.isEmpty ? nil : state.kernel,
            architecture: state.architecture.isEmpty ? nil : state.architecture,
            lastSeen: state.lastSeen,
            lastError: state.lastError ?? "",
            clockSkewMilliseconds: clockSkewMilliseconds
        )
    }

    /// Only what a poll changes.
    var seenRow: HostRow {
        HostRow(
            name: name,
            address: settings.target.address,
            port: settings.target.port,
            state: .up,
            lastSeen: state.lastSeen,
            lastError: state.lastError ?? ""
        )
    }

    /// The same, with the clock where that has moved.
    mutating func takeSeenRow() -> HostRow {
        var row = seenRow
        if isClockRowDue { row.clockSkewMilliseconds = clockSkewMilliseconds }
        isClockRowDue = false
        return row
    }

    /// What the live table and `status` show.
    var status: HostStatus {
        HostStatus(state: state, openAlerts: openAlerts.values.sorted { $0.openedAt < $1.openedAt })
    }

    mutating func connected(
        _ identity: HostIdentity,
        address: String,
        clockSkewMilliseconds: Int64,
        notices: [HostNotice] = []
    ) -> [LogLine] {
        state.machineID = identity.machineID
        state.kernel = identity.kernel
        state.architecture = identity.architecture
        self.clockSkewMilliseconds = FollowedLogs.believable(clockSkewMilliseconds)
        let machine = "\(identity.nodeName), Linux \(identity.kernel) \(identity.architecture)"
        return [LogLine(level: .info, host: name, text: "\(name): connected to \(address) (\(machine))")]
            + notices.map {
                LogLine(level: $0.isWarning ? .warning : .info, host: name, text: "\(name): \($0.text)")
            }
    }

    mutating func failed(_ failure: HostFailure, at now: Timestamp) -> [LogLine] {
        let isNew = state.lastError != failure.message || state.state == .up
        if downSince == nil { downSince = now }
        state.state = failure.state == .refused ? .refused : .unreachable
        state.lastError = failure.message
        state.updatedAt = now
        // The same failure again is no news; it is told once, and again when it changes.
        return [LogLine(level: isNew ? .warning : .debug, host: name, text: failure.message)]
    }

    /// The server's clock jumped: no duration that is measured here shall include it.
    mutating func clockStepped(by milliseconds: Int64) -> [AlertChange] {
        if let since = downSince { downSince = Timestamp(milliseconds: since.milliseconds + milliseconds) }
        if let last = lastTriedAt { lastTriedAt = Timestamp(milliseconds: last.milliseconds + milliseconds) }
        return alerts.clockStepped(by: milliseconds)
    }

    mutating func answered(_ snapshot: Snapshot, withMetrics: Bool, at now: Timestamp) -> [LogLine] {
        var lines = answered(at: now)
        guard withMetrics else { return lines }
        summarize(snapshot.samples)
        let known = Set(failures.map(\.withoutDuration))
        lines += snapshot.failures.filter { !known.contains($0.withoutDuration) }.map {
            LogLine(level: .warning, host: name, text: "\(name): collector \($0.collector): \($0.reason)")
        }
        failures = snapshot.failures
        state.lastError =
            failures.isEmpty
            ? nil : failures.map { "collector \($0.collector): \($0.reason)" }.joined(separator: "; ")
        return lines
    }

    /// Whatever it was that it answered.
    mutating func answered(at now: Timestamp) -> [LogLine] {
        state.state = .up
        state.lastSeen = now
        state.updatedAt = now
        guard let downSince else { return [] }
        self.downSince = nil
        state.lastError = nil
        let outage = ValueText.duration(milliseconds: now.milliseconds - downSince.milliseconds)
        return [LogLine(level: .notice, host: name, text: "\(name): answers again after \(outage)")]
    }

    func commandName(_ number: UInt16) -> String? {
        Int(number) < settings.commands.count ? settings.commands[Int(number)].name : nil
    }

    /// The values of a command that ended, and its row; nil for a number that the plan does not have.
    func reading(of result: Wire.CommandResult) -> (samples: [Sample], output: CommandOutputRow)? {
        guard Int(result.command) < settings.commands.count else { return nil }
        let output = CommandOutput(result.output)
        let number = UInt16(plan.metrics.count) + result.command
        var samples: [Sample] = []
        // A command that did not end by itself printed no answer, only the beginning of one.
        if result.ending == .exited {
            if let value = output.value { samples.append(Sample(metric: number, value: value)) }
            var labels: Set<String> = []
            for item in output.performanceData where labels.insert(item.label).inserted {
                samples.append(Sample(metric: number, instance: item.label, value: item.value))
            }
        }
        let row = CommandOutputRow(
            host: name,
            command: settings.commands[Int(result.command)].name,
            startedAt: result.startedAt,
            durationMilliseconds: result.durationMilliseconds,
            ending: result.ending,
            status: result.status,
            output: result.isForbidden ? Array(RestrictedKeyText.command.utf8) : result.output,
            isTruncated: result.isTruncated
        )
        return (samples, row)
    }

    /// The state for `status`, when it has changed or five seconds have made its age wrong; else nil.
    mutating func stateToStore(at now: Timestamp) -> HostState? {
        if let stored, stored.state == state.state, stored.lastError == state.lastError,
            // Also where the clock was set back.
            (0..<5_000).contains(now.milliseconds - stored.updatedAt.milliseconds)
        {
            return nil
        }
        stored = state
        return state
    }

    private mutating func summarize(_ samples: [Sample]) {
        state.diskPercent = nil
        for sample in samples {
            switch Int(sample.metric) {
            case summary.cpu: if sample.instance.isEmpty { state.cpuPercent = sample.value }
            case summary.memory: state.memoryPercent = sample.value
            case summary.disk: state.diskPercent = max(state.diskPercent ?? 0, sample.value)
            default: break
            }
        }
    }
}

extension AlertLog {
    init(_ settings: LogSettings, lastRequestAt: Timestamp?) {
        self.init(
            name: settings.name,
            path: settings.path,
            interval: settings.interval,
            recipients: settings.recipients,
            lastRequestAt: lastRequestAt
        )
    }
}

extension HostSettings {
    /// What the numbers of this host's samples mean: the plan's metrics, then its commands.
    var alertMetrics: [AlertMetric] {
        metrics.map { selector in
            let definition = MetricCatalog.definition(forSelector: selector)
            return AlertMetric(
                name: definition?.name ?? selector,
                unit: definition?.unit ?? "",
                collector: definition?.collector,
                interval: interval
            )
        }
            + commands.enumerated().map { number, command in
                AlertMetric(name: command.name, unit: "", interval: command.interval, command: UInt16(number))
            }
    }
}

extension CollectorFailure {
    /// The same at each poll of a mount that hangs, though it "has not answered for" longer each time.
    fileprivate var withoutDuration: String {
        "\(collector): \(reason.replacing(/for [0-9]+ s\b/, with: "for a time"))"
    }
}
