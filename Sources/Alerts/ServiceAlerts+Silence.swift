package import Wire

extension ServiceAlerts {
    /// The silences that hold now for the host `metricsd`, as `HostAlerts.silence`.
    package mutating func silence(_ silences: [AlertSilence], at now: Timestamp) -> [AlertChange] {
        guard silences != self.silences || awaitsRelease else { return [] }
        self.silences = silences
        return settle(at: now)
    }

    func holdCause(ofType type: String) -> String? {
        silences.first { $0.takes(type) }?.cause
    }

    /// Holds back what fires and is to be held back, and tells of what no longer is. After a start, whoever delivers has to
    /// tell first how it stands.
    mutating func settle(at now: Timestamp) -> [AlertChange] {
        var changes: [AlertChange] = []
        awaitsRelease = false
        for index in deliveryRules.indices where deliveryRules[index].machine.firing != nil {
            let rule = deliveryRules[index]
            let cause = holdCause(ofType: rule.rule.subject.type)
            let action = deliveryRules[index].machine.settle(cause, conditions[rule.delivery] != nil, at: now)
            awaitsRelease = awaitsRelease || deliveryRules[index].machine.awaitsRelease(cause)
            append(
                action,
                of: deliveryRules[index].machine,
                key: rule.rule.key,
                instance: deliveries[rule.delivery].name,
                to: &changes
            )
        }
        settle(\.budget, ServiceAlerts.budgetType, ServiceAlerts.budgetInstance, isBudgetKnown, at: now, into: &changes)
        settle(\.clockSkew, HostAlerts.clockType, "", true, at: now, into: &changes)
        settle(\.journalGrowth, ServiceAlerts.journalType, "", journalBytes != nil, at: now, into: &changes)
        return changes
    }

    /// - Parameter key: of the alert's state, and its type.
    private mutating func settle(
        _ machine: WritableKeyPath<ServiceAlerts, AlertStateMachine>,
        _ key: String,
        _ instance: String,
        _ isConfirmed: Bool,
        at now: Timestamp,
        into changes: inout [AlertChange]
    ) {
        let cause = holdCause(ofType: key)
        let action = self[keyPath: machine].settle(cause, isConfirmed, at: now)
        awaitsRelease = awaitsRelease || self[keyPath: machine].awaitsRelease(cause)
        append(action, of: self[keyPath: machine], key: key, instance: instance, to: &changes)
    }
}
