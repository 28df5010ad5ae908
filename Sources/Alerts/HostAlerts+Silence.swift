package import Wire

extension HostAlerts {
    /// Takes what a reading of a log brought, or a part of one. A counted request ends the log's silence.
    ///
    /// Readings of a host that was unreachable come behind `reachability(true, …)`.
    package mutating func logRead(
        _ name: String,
        _ reading: AlertLogReading,
        at now: Timestamp
    ) -> [AlertChange] {
        guard let log = logs.firstIndex(where: { $0.log.name == name }) else { return [] }
        logs[log].take(reading, at: now)
        var changes: [AlertChange] = []
        for index in silenceRules.indices where silenceRules[index].log == log && !silenceRules[index].machine.isOk {
            let action: AlertStateMachine.Action
            if reading.requests > 0 {
                action = silenceRules[index].machine.ends(at: now)
            } else {
                let cause = logs[log].cause(isReachable: isReachable == true)
                guard cause != logs[log].toldCause else { continue }
                let text = logs[log].text(of: cause, hostReason: reason)
                action = silenceRules[index].machine.isExplained(by: text)
            }
            append(
                action,
                of: silenceRules[index].machine,
                rule: silenceRules[index].rule,
                instance: name,
                to: &changes
            )
        }
        logs[log].toldCause = reading.requests > 0 ? nil : logs[log].cause(isReachable: isReachable == true)
        return changes
    }

    /// The host answers again.
    /// - Parameter wasTold: an alert told of the outage, so that a silence only counts from here on.
    mutating func logsAreExpected(at now: Timestamp, wasTold: Bool) {
        answersSince = now
        for index in logs.indices {
            logs[index].isKnown = false
            if wasTold { logs[index].silentSince = now }
        }
    }

    /// When the next `log_silent` is due; nil where none can become due by time alone.
    var nextSilence: Timestamp? {
        guard !isCutOff else { return nil }
        return silenceRules.lazy.filter { $0.machine.isOk }
            .map { self.logs[$0.log].silenceDue(after: $0.patience, answersSince: self.answersSince) }.min()
    }

    /// Raises `log_silent` where it is due.
    mutating func missRequests(at now: Timestamp) -> [AlertChange] {
        guard !isCutOff else { return [] }
        var changes: [AlertChange] = []
        for index in silenceRules.indices where silenceRules[index].machine.isOk {
            let (rule, log, patience) = (
                silenceRules[index].rule, logs[silenceRules[index].log], silenceRules[index].patience
            )
            guard log.silenceDue(after: patience, answersSince: answersSince) <= now else { continue }
            let cause = log.cause(isReachable: isReachable == true)
            logs[silenceRules[index].log].toldCause = cause
            let text = log.text(of: cause, hostReason: reason)
            let evidence = AlertStateMachine.Evidence(at: now, severity: rule.severity, reason: text)
            let (host, random, hold) = (host, random, holdCause(of: rule))
            let action = silenceRules[index].machine.holds(evidence, timing: silenceRules[index].timing) { _ in
                var alert = Alert(
                    opening: rule,
                    host: host,
                    instance: log.log.name,
                    unit: "",
                    since: log.silentSince,
                    at: now,
                    heldBack: hold,
                    random
                )
                alert.holdForMilliseconds = patience
                alert.log = AlertedLog(path: log.log.path, lastRequestAt: log.lastRequestAt)
                return alert
            }
            append(action, of: silenceRules[index].machine, rule: rule, instance: log.log.name, to: &changes)
        }
        return changes
    }
}
