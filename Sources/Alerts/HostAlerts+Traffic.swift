import Wire

extension HostAlerts {
    /// The windows for which the rules on a log need a level every second, shortest first.
    package func trafficWindowSeconds(ofLog name: String) -> [Int] {
        Set(trafficRules.lazy.filter { self.logs[$0.log].log.name == name }.map(\.windowSeconds)).sorted()
    }

    /// Takes the levels of a log's traffic: of every second that passed, in their order, as long as the log is caught
    /// up; none for the seconds of the past that are read late.
    ///
    /// A second without requests has a level, too: without it no alert would ever end.
    package mutating func traffic(_ levels: [AlertTrafficLevel], ofLog name: String) -> [AlertChange] {
        guard let log = logs.firstIndex(where: { $0.log.name == name }) else { return [] }
        var changes: [AlertChange] = []
        for level in levels {
            for index in trafficRules.indices
            where trafficRules[index].log == log && trafficRules[index].windowSeconds == level.windowSeconds {
                take(level, by: index, into: &changes)
            }
        }
        return changes
    }

    private mutating func take(_ level: AlertTrafficLevel, by index: Int, into changes: inout [AlertChange]) {
        let value = level.hitsPerSecond
        let recent = trafficRules[index].readings(with: level)
        let (rule, threshold) = (trafficRules[index].rule, trafficRules[index].threshold)
        let isBreached = threshold.isBreached(by: value)
        // The usual case first: nothing is wrong and nothing was.
        if !isBreached, trafficRules[index].machine.isOk { return }
        let sentence = HighTrafficText.raised(
            hits: level.hits,
            hitsPerSecond: value,
            threshold: threshold.value,
            at: level.at
        )
        let evidence = AlertStateMachine.Evidence(
            at: level.at,
            value: value,
            severity: rule.severity,
            // What fires keeps the sentence that it was raised with.
            reason: trafficRules[index].machine.firing?.reason ?? sentence,
            recent: recent,
            hits: level.hits
        )
        var action: AlertStateMachine.Action
        if isBreached {
            let (host, random, cause) = (host, random, holdCause(of: rule))
            let log = logs[trafficRules[index].log].log
            action = trafficRules[index].machine.holds(
                evidence,
                comparison: threshold,
                timing: trafficRules[index].timing,
                mayRaise: !isCutOff
            ) { since in
                var alert = Alert(
                    opening: rule,
                    host: host,
                    instance: log.name,
                    unit: HostAlerts.trafficUnit,
                    since: since,
                    at: level.at,
                    heldBack: cause,
                    random
                )
                alert.log?.path = log.path
                return alert
            }
        } else if threshold.isCleared(by: value) {
            action = trafficRules[index].machine.ends(at: level.at, value: value, recent: recent, hits: level.hits)
            if case .resolved(var alert) = action, let recovered = alert.highTrafficSentence {
                alert.reason += "\n\(recovered)"
                action = .resolved(alert)
            }
        } else {
            action = trafficRules[index].machine.lingers(evidence)
        }
        append(
            action,
            of: trafficRules[index].machine,
            rule: rule,
            instance: logs[trafficRules[index].log].log.name,
            to: &changes
        )
    }

    static let trafficUnit = "requests per second"
}

extension AlertRule {
    /// The windows for which these rules need a level of a log's traffic, shortest first.
    package static func trafficWindowSeconds(ofLog name: String, in rules: [AlertRule]) -> [Int] {
        var windows: Set<Int> = []
        for rule in rules where rule.instance.matches(name) {
            if case .highTraffic(_, let window) = rule.subject { windows.insert(window.wholeSeconds) }
        }
        return windows.sorted()
    }
}
