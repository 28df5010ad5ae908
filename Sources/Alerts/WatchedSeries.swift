import Wire

/// One series that a metric rule looks at, whether its alert is active or not.
struct WatchedSeries: Sendable {
    let instance: String
    /// Whether the rule's glob takes the instance; kept, so that it is matched once.
    let isWatched: Bool
    var recent = RecentReadings()
    var machine = AlertStateMachine()
    /// The number of the observation that last held this series.
    var lastObservation: UInt64 = 0
    /// Complete observations in a row without it.
    var missed = 0
}

/// A rule on a metric with its series, in the order in which they first came.
struct MetricRule: Sendable {
    let rule: AlertRule
    let threshold: AlertThreshold
    let timing: AlertStateMachine.Timing
    let unit: String
    /// The collectors that its values come from; nil where that is not known.
    let collectors: [String]?
    /// The command that its values come from; nil for a metric of the probe.
    let command: UInt16?
    var series: [WatchedSeries] = []
    /// How many of the series the current observation held so far.
    var seen = 0
    /// Where the next sample's series is expected: answers come in the same order each time.
    var cursor = 0

    /// A series is no longer reported when this many complete observations in a row lack it.
    static let missedLimit = 3

    init(rule: AlertRule, threshold: AlertThreshold, sources: [AlertMetric], restored: [AlertState]) {
        self.rule = rule
        self.threshold = threshold
        unit = sources.first?.unit ?? ""
        command = sources.lazy.compactMap(\.command).first
        let named = sources.compactMap(\.collector)
        collectors = named.count == sources.count ? named : nil
        let interval = sources.map(\.interval.milliseconds).max() ?? 0
        timing = .init(
            holdFor: rule.holdFor.milliseconds,
            gapLimit: 3 * interval,
            jitter: interval / 10,
            repeatEvery: rule.repeatEvery?.milliseconds
        )
        for state in restored {
            var one = WatchedSeries(instance: state.instance, isWatched: true)
            one.machine = AlertStateMachine(restoring: state)
            one.recent = RecentReadings(restoring: state.alert?.recent ?? [])
            series.append(one)
        }
    }

    /// The series of an instance; a new one is added.
    mutating func position(of instance: String) -> Int {
        if cursor < series.count, series[cursor].instance == instance {
            cursor += 1
            return cursor - 1
        }
        let found = series.firstIndex { $0.instance == instance }
        if let found {
            cursor = found + 1
            return found
        }
        series.append(WatchedSeries(instance: instance, isWatched: rule.instance.matches(instance)))
        cursor = series.count
        return series.count - 1
    }

    /// What a sample does to its series.
    mutating func take(
        _ value: Double,
        at position: Int,
        now: Timestamp,
        open: (_ since: Timestamp) -> Alert
    ) -> AlertStateMachine.Action {
        series[position].recent.append(AlertReading(at: now, value: value))
        let isBreached = threshold.isBreached(by: value)
        // The usual case first: nothing is wrong and nothing was.
        if !isBreached, series[position].machine.isOk { return .nothing }
        let evidence = AlertStateMachine.Evidence(
            at: now,
            value: value,
            severity: rule.severity,
            reason: "",
            recent: series[position].recent
        )
        if isBreached {
            return series[position].machine.holds(evidence, comparison: threshold, timing: timing, open: open)
        }
        guard threshold.isCleared(by: value) else { return series[position].machine.lingers(evidence) }
        return series[position].machine.ends(at: now, value: value, recent: evidence.recent)
    }
}
