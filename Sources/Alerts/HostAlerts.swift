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
/// - While the host is unreachable (its `unreachable` rule pending or firing) nothing else is raised or reminded; what
///   fires stays open. `no_data` counts only from when the host answers again. Recoveries are always told.
package struct HostAlerts: Sendable {
    package let host: String

    /// - Parameters:
    ///   - metrics: by the number that samples carry: the plan's metrics, then its commands.
    ///   - interval: the host's poll interval; `no_data` waits for at least three.
    ///   - restored: this host's states from the journal. Call `start(at:)` before anything else.
    ///   - random: source of the alerts' ids.
    package init(
        host: String,
        rules: [AlertRule],
        metrics: [AlertMetric],
        interval: Duration,
        restored: [AlertState] = [],
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        self.host = host
    }

    /// Begins: from here on the host counts as not reachable until it answers. Alerts whose rule is gone are resolved.
    package mutating func start(at now: Timestamp) -> [AlertChange] { [] }

    /// Takes an answer of the host: its samples and the commands that ended. An answer says that the host is reachable.
    /// - Parameters:
    ///   - commandSamples: values that the server read from the commands' output.
    ///   - withMetrics: whether the poll asked for metrics; one for commands only is no sign of life for `no_data`.
    ///   - now: when it arrived, by the server's clock.
    package mutating func observe(
        _ snapshot: Snapshot,
        commandSamples: [Sample] = [],
        withMetrics: Bool = true,
        at now: Timestamp
    ) -> [AlertChange] { [] }

    /// Tells that the host answers (a session is open), or that it does not and why.
    package mutating func reachability(_ isReachable: Bool, reason: String, at now: Timestamp) -> [AlertChange] { [] }

    /// Lets time pass: `unreachable`, `no_data` and `repeat` come due. Free of cost when nothing is due.
    package mutating func tick(at now: Timestamp) -> [AlertChange] { [] }

    /// The next moment at which `tick` has something to do; nil when only an event can change anything.
    package var nextTick: Timestamp? { nil }

    /// Everything that is not ok, for a reload: hand it to the new rules' `restored`.
    package var states: [AlertState] { [] }

    /// Resolves the alerts of a host that the configuration no longer has.
    package static func orphans(_ states: [AlertState], at now: Timestamp) -> [AlertChange] { [] }
}
