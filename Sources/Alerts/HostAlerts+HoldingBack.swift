package import Wire

/// What keeps a host from being reached and is not its own fault.
struct WayHold: Sendable {
    var cause: String
    /// When the way was free again; nil while it is not.
    var endedAt: Timestamp?

    /// A try that ends this soon may have begun while the way was not free yet.
    static let grace: Int64 = 15_000
    /// A host is tried again within five minutes, whatever happened.
    static let limit: Int64 = 330_000
}

extension HostAlerts {
    /// The silences that hold now, all of them. What they take is kept and shown as ever, only nobody is told; what still
    /// fires when they are over is told then. Ends are told where the beginning was.
    package mutating func silence(_ silences: [AlertSilence], at now: Timestamp) -> [AlertChange] {
        guard silences != self.silences || awaitsRelease else { return [] }
        self.silences = silences
        return settle(at: now)
    }

    /// Something on the way to the host fails and is told of elsewhere: `unreachable`, `no_data` and `log_silent` of this
    /// host are held back until the way is free again (nil) and the host was tried since, or should have been.
    /// - Parameters:
    ///   - cause: for people, without a full stop: `gw-1 is unreachable`.
    ///   - untilTried: false where the way turned out to have been free all the time.
    package mutating func holdBack(
        because cause: String?,
        by way: AlertedWay = .jump,
        untilTried: Bool = true,
        at now: Timestamp
    ) -> [AlertChange] {
        if let cause {
            guard wayHolds[way]?.cause != cause || wayHolds[way]?.endedAt != nil else { return [] }
            wayHolds[way] = WayHold(cause: cause)
        } else {
            guard let hold = wayHolds[way], hold.endedAt == nil else { return [] }
            wayHolds[way] = isReachable == true || !untilTried ? nil : WayHold(cause: hold.cause, endedAt: now)
        }
        return settle(at: now)
    }

    /// Why alerts of a rule are to be told to nobody; nil where they are told.
    func holdCause(of rule: AlertRule) -> String? {
        let type = rule.subject.type
        if let silence = silences.first(where: { $0.takes(type) }) { return silence.cause }
        guard rule.subject.isAboutReaching else { return nil }
        return wayHolds[.jump]?.cause ?? wayHolds[.parent]?.cause
    }

    /// Whether something is held back, or may have to be.
    var isHoldingBack: Bool { !silences.isEmpty || !wayHolds.isEmpty || awaitsRelease }

    /// Forgets holds whose way is free and that have waited long enough for the host.
    /// - Parameter hasFailed: a try has ended in vain now.
    mutating func forgetFreeWays(hasFailed: Bool, at now: Timestamp) {
        guard !wayHolds.isEmpty else { return }
        let patience = hasFailed ? WayHold.grace : WayHold.limit
        wayHolds = wayHolds.filter { _, hold in
            guard let endedAt = hold.endedAt else { return true }
            return isReachable != true && endedAt.elapsed(to: now) < patience
        }
    }

    /// Holds back what fires and is to be held back, and tells of what no longer is.
    ///
    /// Nothing is told that may be over already: after a start, or an absence of the host, the alert has to be confirmed.
    mutating func settle(at now: Timestamp) -> [AlertChange] {
        var changes: [AlertChange] = []
        awaitsRelease = wayHolds.values.contains { $0.endedAt != nil }
        settle(\.unreachableRules, at: now, into: &changes) { alerts, _ in alerts.isReachable == false }
        settle(\.machineRules, at: now, into: &changes) { alerts, _ in alerts.isMachineRefused }
        settle(\.noDataRules, at: now, into: &changes) { alerts, rule in
            !alerts.isCutOff && alerts.isReachable != nil
                && alerts.dataExpectedSince.elapsed(to: now) >= rule.timing.holdFor
        }
        let isConfirmed = !isCutOff && isReachable == true && hasAnswered
        settle(\.commandRules, at: now, into: &changes) { _, _ in isConfirmed }
        // Each answer shows the clock.
        settle(\.clockRules, at: now, into: &changes) { _, _ in isConfirmed }
        for index in metricRules.indices {
            let (rule, cause) = (metricRules[index].rule, holdCause(of: metricRules[index].rule))
            for position in metricRules[index].series.indices
            where metricRules[index].series[position].machine.firing != nil {
                let action = metricRules[index].series[position].machine.settle(cause, isConfirmed, at: now)
                let series = metricRules[index].series[position]
                awaitsRelease = awaitsRelease || series.machine.awaitsRelease(cause)
                append(action, of: series.machine, rule: rule, instance: series.instance, to: &changes)
            }
        }
        for index in trafficRules.indices {
            let cause = holdCause(of: trafficRules[index].rule)
            let action = trafficRules[index].machine.settle(cause, isConfirmed, at: now)
            let rule = trafficRules[index]
            awaitsRelease = awaitsRelease || rule.machine.awaitsRelease(cause)
            append(action, of: rule.machine, rule: rule.rule, instance: logs[rule.log].log.name, to: &changes)
        }
        for index in silenceRules.indices {
            let cause = holdCause(of: silenceRules[index].rule)
            let log = logs[silenceRules[index].log]
            let isDue = log.silenceDue(after: silenceRules[index].patience, answersSince: answersSince) <= now
            let isSilent = !isCutOff && isReachable != nil && isDue
            let action = silenceRules[index].machine.settle(cause, isSilent, at: now)
            let rule = silenceRules[index]
            awaitsRelease = awaitsRelease || rule.machine.awaitsRelease(cause)
            append(action, of: rule.machine, rule: rule.rule, instance: log.log.name, to: &changes)
        }
        if !changes.isEmpty { scheduleReminder() }
        return changes
    }

    private mutating func settle(
        _ rules: WritableKeyPath<HostAlerts, [HostRule]>,
        at now: Timestamp,
        into changes: inout [AlertChange],
        isConfirmed: (HostAlerts, HostRule) -> Bool
    ) {
        for index in self[keyPath: rules].indices where self[keyPath: rules][index].machine.firing != nil {
            let rule = self[keyPath: rules][index]
            let (cause, isConfirmed) = (holdCause(of: rule.rule), isConfirmed(self, rule))
            let action = self[keyPath: rules][index].machine.settle(cause, isConfirmed, at: now)
            let settled = self[keyPath: rules][index]
            awaitsRelease = awaitsRelease || settled.machine.awaitsRelease(cause)
            append(action, of: settled.machine, rule: settled.rule, instance: "", to: &changes)
        }
    }
}

extension AlertSilence {
    func takes(_ type: String) -> Bool { self.type.map { $0 == type } ?? true }
}

extension AlertSubject {
    /// Whether a host that cannot be reached explains it.
    var isAboutReaching: Bool {
        switch self {
        case .unreachable, .noData, .logSilent: true
        case .metric, .commandStatus, .highTraffic, .deliveryFailed, .machineChanged, .clockSkew: false
        }
    }
}

extension AlertStateMachine {
    /// - Parameters:
    ///   - cause: why it is to be held back; nil where it is not.
    ///   - isConfirmed: whether it is known to fire still.
    mutating func settle(_ cause: String?, _ isConfirmed: Bool, at now: Timestamp) -> Action {

        if let cause { return holdBack(because: cause) }
        return isConfirmed ? release(at: now) : .nothing
    }

    /// Whether it is held back although nothing asks for that any more.
    func awaitsRelease(_ cause: String?) -> Bool { cause == nil && firing?.isHeldBack == true }
}
