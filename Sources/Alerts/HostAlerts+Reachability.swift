package import Wire

extension HostAlerts {
    /// Tells that the host answers (a session is open), or that it does not and why.
    package mutating func reachability(_ isReachable: Bool, reason: String, at now: Timestamp) -> [AlertChange] {
        guard isReachable else {
            self.isReachable = false
            self.reason = reason
            isMachineRefused = false
            forgetFreeWays(hasFailed: true, at: now)
            let changes = hostIsUnreachable(at: now)
            return isHoldingBack ? changes + settle(at: now) : changes
        }
        guard self.isReachable != true else { return [] }
        self.isReachable = true
        hasAnswered = false
        forgetFreeWays(hasFailed: false, at: now)
        self.reason = ""
        // Its values are only expected from here on, unless nobody else would tell that they are missing.
        if !unreachableRules.isEmpty { dataExpectedSince = now }
        logsAreExpected(at: now, wasTold: unreachableRules.contains { $0.machine.firing != nil })
        var changes: [AlertChange] = []
        for index in unreachableRules.indices {
            let action = unreachableRules[index].machine.ends(at: now)
            append(
                action,
                of: unreachableRules[index].machine,
                rule: unreachableRules[index].rule,
                instance: "",
                to: &changes
            )
        }
        scheduleReminder()
        return changes
    }

    /// Lets time pass: `unreachable`, `no_data`, `log_silent` and `repeat` come due. Nearly free of cost when nothing is due.
    package mutating func tick(at now: Timestamp) -> [AlertChange] {
        guard let nextTick, nextTick <= now else { return [] }
        var changes: [AlertChange] = []
        if isReachable != true { changes += hostIsUnreachable(at: now) }
        changes += missData(at: now)
        changes += missRequests(at: now)
        if awaitsRelease {
            forgetFreeWays(hasFailed: false, at: now)
            changes += settle(at: now)
        }
        if let nextReminder, nextReminder <= now { remind(at: now, into: &changes) }
        return changes
    }

    /// The next moment at which `tick` has something to do; nil when only an event can change anything.
    package var nextTick: Timestamp? {
        // Rare, and short: looked at each time.
        var next = awaitsRelease ? startedAt : nextReminder
        func consider(_ moment: Timestamp) { next = next.map { min($0, moment) } ?? moment }
        if isReachable != true, !isMachineRefused {
            for rule in unreachableRules where rule.machine.firing == nil {
                var due = (rule.machine.since ?? startedAt).advanced(by: rule.timing.holdFor)
                if isReachable == nil { due = max(due, startedAt.advanced(by: HostAlerts.firstAttemptLimit)) }
                consider(due)
            }
        }
        if !isCutOff {
            for rule in noDataRules where rule.machine.isOk {
                consider(dataExpectedSince.advanced(by: rule.timing.holdFor))
            }
        }
        if let nextSilence { consider(nextSilence) }
        return next
    }

    /// Whether the host's own unreachability keeps its other alerts quiet.
    package var isCutOff: Bool {
        isMachineRefused || unreachableRules.contains { !$0.machine.isOk }
    }

    /// Since when its alert `unreachable` is pending or fires.
    package var unreachableSince: Timestamp? {
        unreachableRules.compactMap(\.machine.since).min()
    }

    mutating func hostIsUnreachable(at now: Timestamp) -> [AlertChange] {
        let wasTried = isReachable != nil || startedAt.elapsed(to: now) >= HostAlerts.firstAttemptLimit
        let mayRaise = wasTried && !isMachineRefused
        var changes: [AlertChange] = []
        for index in unreachableRules.indices {
            let rule = unreachableRules[index].rule
            let timing = unreachableRules[index].timing
            let (host, random, cause, dependents) = (host, random, holdCause(of: rule), dependents)
            let evidence = AlertStateMachine.Evidence(at: now, severity: rule.severity, reason: reason)
            let action = unreachableRules[index].machine.holds(evidence, timing: timing, mayRaise: mayRaise) { since in
                var alert = Alert(opening: rule, host: host, unit: "", since: since, at: now, heldBack: cause, random)
                alert.dependents = AlertDependents(dependents)
                return alert
            }
            append(action, of: unreachableRules[index].machine, rule: rule, instance: "", to: &changes)
        }
        scheduleReminder()
        return changes
    }

    /// Raises `no_data` where it is due.
    private mutating func missData(at now: Timestamp) -> [AlertChange] {
        guard !isCutOff else { return [] }
        var changes: [AlertChange] = []
        for index in noDataRules.indices where noDataRules[index].machine.isOk {
            let rule = noDataRules[index].rule
            guard dataExpectedSince.elapsed(to: now) >= noDataRules[index].timing.holdFor else { continue }
            // The machine need not wait: how long is known from the last value.
            var timing = noDataRules[index].timing
            timing.holdFor = 0
            let (host, random, since, cause) = (host, random, dataExpectedSince, holdCause(of: rule))
            let text = isReachable == true ? "the host answers, but no values came" : reason
            let evidence = AlertStateMachine.Evidence(at: now, severity: rule.severity, reason: text)
            let waited = noDataRules[index].timing.holdFor
            let action = noDataRules[index].machine.holds(evidence, timing: timing) { _ in
                var alert = Alert(opening: rule, host: host, unit: "", since: since, at: now, heldBack: cause, random)
                alert.holdForMilliseconds = waited
                return alert
            }
            append(action, of: noDataRules[index].machine, rule: rule, instance: "", to: &changes)
        }
        return changes
    }

    mutating func dataArrived(at now: Timestamp, into changes: inout [AlertChange]) {
        dataExpectedSince = now
        for index in noDataRules.indices where !noDataRules[index].machine.isOk {
            let action = noDataRules[index].machine.ends(at: now)
            append(action, of: noDataRules[index].machine, rule: noDataRules[index].rule, instance: "", to: &changes)
        }
    }
}
