package import Wire

/// A metric as a host's samples number it.
package struct AlertMetric: Equatable, Sendable {
    /// The metric type's name, or the command's.
    package var name: String
    package var unit: String
    /// The collector whose failure makes its values incomplete; nil where any failure does.
    package var collector: String?
    /// How often a value comes.
    package var interval: Duration
    /// The command's number in the plan where the values are a command's.
    package var command: UInt16?

    package init(name: String, unit: String, collector: String? = nil, interval: Duration, command: UInt16? = nil) {
        self.name = name
        self.unit = unit
        self.collector = collector
        self.interval = interval
        self.command = command
    }
}

/// The alerts of one host: one state machine per (rule, instance), fed with what the host answers and with the time.
///
///     ok ── condition ──► pending ── held for `for` ──► firing ── cleared ──► ok
///      ▲                     │
///      └── condition ends ───┘
///
/// A value without I/O and without a clock: every call is given the server's time and returns what changed, which the
/// caller stores in one transaction together with the samples that caused it. Nothing changes without being returned.
/// - A sample of a metric that no rule names costs one array access.
/// - `for` counts from the first breaching sample. A sample that does not breach, or a gap of more than three
///   intervals, starts it again. Values that are not numbers are passed over.
/// - A series that three complete polls in a row lack (an unmounted disk) is resolved as no longer reported.
/// - While another machine is refused (`machineRefused`) it counts as unreachable, and is told as that.
/// - While the host is unreachable (its `unreachable` rule pending or firing) nothing else is raised or reminded; what
///   fires stays open. `no_data` counts only from when the host answers again. Recoveries are always told.
/// - `high_traffic` is fed with a level for every second (`traffic`), `log_silent` with every reading (`logRead`).
package struct HostAlerts: Sendable {
    package let host: String
    let interval: Int64
    let random: @Sendable () -> UInt64
    var metricRules: [MetricRule] = []
    /// By metric number, the rules on it: `linked[firstLink[number]..<firstLink[number + 1]]` index `metricRules`.
    var firstLink: [Int] = []
    var linked: [Int] = []
    var commandRules: [HostRule] = []
    var unreachableRules: [HostRule] = []
    var noDataRules: [HostRule] = []
    /// Exactly one.
    var machineRules: [HostRule]
    /// Exactly one.
    var clockRules: [HostRule]
    /// Answers in a row that showed a wrong clock.
    var clockBreaches = 0
    /// The last try ended with another machine's being refused.
    var isMachineRefused = false
    var logs: [WatchedLog] = []
    var trafficRules: [TrafficRule] = []
    var silenceRules: [SilenceRule] = []
    /// Restored states whose rule is gone; resolved by `start`.
    var abandoned: [AlertState] = []

    /// Hosts that cannot be reached while this one cannot, for its mails.
    package var dependents: [String] = []

    /// nil until the first attempt to reach the host has ended.
    var isReachable: Bool?
    var reason = "not reached since metricsd started"
    var startedAt = Timestamp(milliseconds: 0)
    /// Since when values may be missed: the last that came, the start, or the return of the host.
    var dataExpectedSince = Timestamp(milliseconds: 0)
    /// Since when the host answers without a break, or the start.
    var answersSince = Timestamp(milliseconds: 0)
    var observation: UInt64 = 0
    var nextReminder: Timestamp?
    /// What people asked not to be told of at present.
    var silences: [AlertSilence] = []
    var wayHolds: [AlertedWay: WayHold] = [:]
    /// Something is held back for no longer than until it is confirmed.
    var awaitsRelease = false
    /// Values came since the start, or the return of the host.
    var hasAnswered = false

    /// How long the first attempt may take before a host that was never reached is called unreachable.
    static let firstAttemptLimit: Int64 = 120_000

    /// - Parameters:
    ///   - metrics: by the number that samples carry: the plan's metrics, then its commands.
    ///   - logs: those it follows; rules on what is not among them keep nothing.
    ///   - interval: the host's poll interval; `no_data` waits for at least three.
    ///   - recipients: who is told what needs no rule, such as that another machine answers.
    ///   - restored: this host's states from the journal. Call `start(at:)` before anything else.
    ///   - random: source of the alerts' ids.
    package init(
        host: String,
        rules: [AlertRule],
        metrics: [AlertMetric],
        logs: [AlertLog] = [],
        interval: Duration,
        recipients: [String] = [],
        restored: [AlertState] = [],
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        self.host = host
        machineRules = [HostAlerts.machineRule(recipients: recipients)]
        clockRules = [HostAlerts.clockRule(recipients: recipients)]
        self.interval = interval.milliseconds
        self.random = random
        self.logs = logs.map(WatchedLog.init)
        var states = Dictionary(grouping: restored, by: \.ruleKey)
        if let own = states.removeValue(forKey: machineRules[0].rule.key)?.first {
            machineRules[0].machine = AlertStateMachine(restoring: own)
            isMachineRefused = own.isFiring
        }
        if let own = states.removeValue(forKey: clockRules[0].rule.key)?.first {
            clockRules[0].machine = AlertStateMachine(restoring: own)
        }
        var links: [[Int]] = Array(repeating: [], count: metrics.count)
        for rule in AlertRule.distinguished(rules) {
            switch rule.subject {
            case .metric(let name, let threshold):
                let numbers = metrics.indices.filter { metrics[$0].name == name }
                // A rule on what is not collected keeps nothing: its states stay behind as abandoned.
                guard !numbers.isEmpty else { continue }
                for number in numbers { links[number].append(metricRules.count) }
                let sources = numbers.map { metrics[$0] }
                let own = states.removeValue(forKey: rule.key) ?? []
                metricRules.append(MetricRule(rule: rule, threshold: threshold, sources: sources, restored: own))
            case .commandStatus(let name):
                guard let metric = metrics.first(where: { $0.name == name && $0.command != nil }) else { continue }
                commandRules.append(
                    HostRule(
                        rule: rule,
                        holdFor: rule.holdFor.milliseconds,
                        command: metric.command,
                        commandInterval: metric.interval.milliseconds,
                        restored: states.removeValue(forKey: rule.key)?.first
                    )
                )
            case .unreachable:
                let own = states.removeValue(forKey: rule.key)?.first
                unreachableRules.append(HostRule(rule: rule, holdFor: rule.holdFor.milliseconds, restored: own))
            case .noData:
                let own = states.removeValue(forKey: rule.key)?.first
                let holdFor = max(rule.holdFor.milliseconds, 3 * interval.milliseconds)
                noDataRules.append(HostRule(rule: rule, holdFor: holdFor, restored: own))
            case .highTraffic, .logSilent:
                addLogRules(rule, restored: &states)
            case .deliveryFailed, .machineChanged, .clockSkew:
                // Not about a host: `ServiceAlerts`; without being configured: `machineRules`, `clockRules`.
                break
            }
        }
        abandoned = states.keys.sorted().flatMap { states[$0] ?? [] }
        for rules in links {
            firstLink.append(linked.count)
            linked += rules
        }
        firstLink.append(linked.count)
    }

    /// Begins: from here on the host counts as not reachable until it answers. Alerts whose rule is gone are resolved.
    ///
    /// A host that was not yet tried is called unreachable after the first failed attempt, or when none has ended
    /// within two minutes.
    package mutating func start(at now: Timestamp) -> [AlertChange] {
        startedAt = now
        dataExpectedSince = now
        answersSince = now
        for index in logs.indices { logs[index].start(at: now) }
        let names = logs.map(\.log.name)
        let changes = abandoned.flatMap { state in
            let isOfGoneLog = state.alert?.log != nil && !names.contains(state.instance)
            let what = isOfGoneLog ? "its log was removed from the configuration" : "its rule was changed or removed"
            return HostAlerts.close([state], at: now, resolution: what)
        }
        abandoned = []
        scheduleReminder()
        return changes + hostIsUnreachable(at: now) + settle(at: now)
    }

    /// Everything that is not ok, for a reload: hand it to the new rules' `restored`.
    package var states: [AlertState] {
        let ofMetrics = metricRules.flatMap { rule in
            rule.series.compactMap { state(of: $0.machine, rule: rule.rule, instance: $0.instance) }
        }
        let ofHost = (commandRules + unreachableRules + noDataRules + machineRules + clockRules).compactMap {
            state(of: $0.machine, rule: $0.rule, instance: "")
        }
        return abandoned + ofMetrics + ofHost + logStates
    }

    /// Resolves the alerts of a host that the configuration no longer has.
    package static func orphans(_ states: [AlertState], at now: Timestamp) -> [AlertChange] {
        close(states, at: now, resolution: "the host was removed from the configuration")
    }

    private static func close(_ states: [AlertState], at now: Timestamp, resolution: String) -> [AlertChange] {
        states.map { state in
            var machine = AlertStateMachine(restoring: state)
            let action = machine.ends(at: now, resolution: resolution)
            return AlertChange(host: state.host, ruleKey: state.ruleKey, instance: state.instance, action, state: nil)
        }
    }
}
