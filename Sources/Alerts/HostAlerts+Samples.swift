package import Wire

extension HostAlerts {
    /// Takes an answer of the host: its samples and the commands that ended. An answer says that the host is reachable.
    /// - Parameters:
    ///   - commandSamples: values that the server read from the commands' output.
    ///   - withMetrics: whether the poll asked for metrics.
    ///   - now: when it arrived, by the server's clock.
    package mutating func observe(
        _ snapshot: Snapshot,
        commandSamples: [Sample] = [],
        withMetrics: Bool = true,
        at now: Timestamp
    ) -> [AlertChange] {
        var changes = reachability(true, reason: "", at: now)
        observation &+= 1
        for rule in metricRules.indices {
            metricRules[rule].seen = 0
            metricRules[rule].cursor = 0
        }
        for sample in snapshot.samples { take(sample, at: now, into: &changes) }
        for sample in commandSamples { take(sample, at: now, into: &changes) }
        if !commandRules.isEmpty {
            for result in snapshot.commandResults { take(result, at: now, into: &changes) }
        }
        for rule in metricRules.indices where metricRules[rule].seen < metricRules[rule].series.count {
            if isComplete(metricRules[rule], in: snapshot, withMetrics: withMetrics) {
                dropMissing(from: rule, at: now, into: &changes)
            }
        }
        if !snapshot.samples.isEmpty || !commandSamples.isEmpty || !snapshot.commandResults.isEmpty {
            dataArrived(at: now, into: &changes)
        }
        if withMetrics { hasAnswered = true }
        // Behind the values, which may have ended what is held back.
        if isHoldingBack { changes += settle(at: now) }
        return changes
    }

    private mutating func take(_ sample: Sample, at now: Timestamp, into changes: inout [AlertChange]) {
        let number = Int(sample.metric)
        guard number + 1 < firstLink.count else { return }
        for link in firstLink[number]..<firstLink[number + 1] {
            let index = linked[link]
            let position = metricRules[index].position(of: sample.instance)
            // A metric that is collected under two selectors may bring the same series twice.
            guard metricRules[index].series[position].lastObservation != observation else { continue }
            metricRules[index].series[position].lastObservation = observation
            metricRules[index].series[position].missed = 0
            metricRules[index].seen += 1
            guard metricRules[index].series[position].isWatched, sample.value.isFinite else { continue }
            let (host, random, cause) = (host, random, holdCause(of: metricRules[index].rule))
            let (rule, unit) = (metricRules[index].rule, metricRules[index].unit)
            let action = metricRules[index].take(sample.value, at: position, now: now) { since in
                Alert(
                    opening: rule,
                    host: host,
                    instance: sample.instance,
                    unit: unit,
                    since: since,
                    at: now,
                    heldBack: cause,
                    random
                )
            }
            guard action != .nothing else { continue }
            append(
                action,
                of: metricRules[index].series[position].machine,
                rule: metricRules[index].rule,
                instance: sample.instance,
                to: &changes
            )
        }
    }

    private mutating func take(_ result: CommandResult, at now: Timestamp, into changes: inout [AlertChange]) {
        for index in commandRules.indices where commandRules[index].command == result.command {
            let rule = commandRules[index].rule
            let action: AlertStateMachine.Action
            if result.isSuccess {
                action = commandRules[index].machine.ends(at: now, value: 0)
            } else {
                let evidence = AlertStateMachine.Evidence(
                    at: now,
                    value: result.ending == .exited ? Double(result.status) : nil,
                    severity: result.isCritical ? .critical : rule.severity,
                    reason: result.report,
                    recent: nil
                )
                let (host, random, cause) = (host, random, holdCause(of: rule))
                let timing = commandRules[index].timing
                action = commandRules[index].machine.holds(evidence, timing: timing) { since in
                    Alert(opening: rule, host: host, unit: "", since: since, at: now, heldBack: cause, random)
                }
            }
            append(action, of: commandRules[index].machine, rule: rule, instance: "", to: &changes)
        }
    }

    /// Whether the snapshot would hold every series of the rule's metric that exists.
    private func isComplete(_ rule: MetricRule, in snapshot: Snapshot, withMetrics: Bool) -> Bool {
        if let command = rule.command {
            // A command that failed may have printed nothing; its values are not gone for that.
            return snapshot.commandResults.contains { $0.command == command && $0.ending == .exited && $0.status < 3 }
        }
        guard withMetrics else { return false }
        guard let collectors = rule.collectors else { return snapshot.failures.isEmpty }
        return !snapshot.failures.contains { collectors.contains($0.collector) }
    }

    private mutating func dropMissing(from index: Int, at now: Timestamp, into changes: inout [AlertChange]) {
        var position = 0
        while position < metricRules[index].series.count {
            guard metricRules[index].series[position].lastObservation != observation else {
                position += 1
                continue
            }
            metricRules[index].series[position].missed += 1
            guard metricRules[index].series[position].missed >= MetricRule.missedLimit else {
                position += 1
                continue
            }
            var series = metricRules[index].series.remove(at: position)
            let action = series.machine.ends(at: now, recent: series.recent, resolution: "no longer reported")
            append(action, of: series.machine, rule: metricRules[index].rule, instance: series.instance, to: &changes)
        }
    }
}

extension CommandResult {
    fileprivate var isSuccess: Bool { ending == .exited && status == 0 }

    fileprivate var isCritical: Bool { ending == .exited && status == 2 }

    /// How it ended and what it printed, at most 4 KiB.
    fileprivate var report: String {
        let text = String(decoding: output.prefix(4_096), as: UTF8.self)
        let end: String
        switch ending {
        case .exited: return text
        case .signaled: end = "ended by signal \(status)"
        case .timedOut: end = "timed out after \(NumberText.fixed(Double(durationMilliseconds) / 1_000, decimals: 1)) s"
        case .notStarted where isForbidden: end = RestrictedKeyText.command
        case .notStarted: end = "could not be started (errno \(status))"
        }
        return text.isEmpty ? end : "\(end)\n\(text)"
    }
}
