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
        let cause = holdCause(ofType: ServiceAlerts.budgetType)
        let action = budget.settle(cause, isBudgetKnown, at: now)
        awaitsRelease = awaitsRelease || budget.awaitsRelease(cause)
        append(
            action,
            of: budget,
            key: ServiceAlerts.budgetType,
            instance: ServiceAlerts.budgetInstance,
            to: &changes
        )
        let journalCause = holdCause(ofType: ServiceAlerts.journalType)
        let journalAction = journalGrowth.settle(journalCause, journalBytes != nil, at: now)
        awaitsRelease = awaitsRelease || journalGrowth.awaitsRelease(journalCause)
        append(journalAction, of: journalGrowth, key: ServiceAlerts.journalType, instance: "", to: &changes)
        return changes
    }
}
