import Wire

/// What the batch files take on this machine.
struct DiskUse: Equatable, Sendable {
    var bytes: UInt64
    /// `max-disk`; nil without one.
    var budget: UInt64?
    /// Logs with a store are not pulled.
    var isStopped: Bool
    /// Why they are not, in the words of whoever found it.
    var reason: String

    var percent: Double? {
        budget.map { $0 == 0 ? 100 : Double(bytes) * 100 / Double($0) }
    }
}

extension ServiceAlerts {
    static let budgetType = "disk_budget"
    static let budgetInstance = "logs"
    static let budgetThreshold = AlertThreshold(.above, 90, clear: 85)

    mutating func diskUse(_ use: DiskUse, at now: Timestamp) -> [AlertChange] {
        let threshold = ServiceAlerts.budgetThreshold
        let evidence = AlertStateMachine.Evidence(
            at: now,
            value: use.percent,
            severity: use.isStopped ? .critical : .warning,
            reason: use.text
        )
        var action: AlertStateMachine.Action
        if use.isStopped || use.percent.map({ $0 >= threshold.value }) ?? false {
            let (random, recipients, hasBudget) = (random, budgetRecipients, use.budget != nil)
            let cause = holdCause(ofType: ServiceAlerts.budgetType)
            let timing = AlertStateMachine.Timing(holdFor: 0, gapLimit: nil, jitter: 0, repeatEvery: nil)
            action = budget.holds(evidence, comparison: threshold, timing: timing) { since in
                var alert = Alert(budgetFrom: since, hasBudget: hasBudget, recipients: recipients, random)
                alert.hold = cause.map { AlertHold(cause: $0, untold: .raised) }
                return alert
            }
        } else if isBudgetRestored || use.percent.map({ $0 < threshold.clear }) ?? true {
            action = budget.ends(at: now, value: use.percent)
        } else {
            action = budget.lingers(evidence)
        }
        isBudgetRestored = false
        isBudgetKnown = true
        var changes: [AlertChange] = []
        append(
            action,
            of: budget,
            key: ServiceAlerts.budgetType,
            instance: ServiceAlerts.budgetInstance,
            to: &changes
        )
        return changes
    }
}

extension DiskUse {
    /// The share from which on the budget rather than the file system is what stops the pulling: it stops before a piece
    /// of a log would exceed it.
    private static let usedUpPercent = 95.0

    /// What is the matter, then what that means, then the mend.
    var text: String {
        let taken = ValueText.short(Double(bytes), unit: "bytes")
        let amount = budget.map { "\(taken) of \(ValueText.short(Double($0), unit: "bytes"))" } ?? taken
        let meaning = "their lines wait on their hosts. Nothing is lost until log rotation removes them there."
        let mend =
            "Raise max-disk of <state>, shorten keep of <store>, or mend the deliveries that fail: what is not delivered is "
            + "never removed to make room."
        guard isStopped else {
            return "\(ValueText.short(percent ?? 0, unit: "percent")) of max-disk is used, \(amount)\n"
                + "When all of it is used, logs with a <store> are not pulled any more: \(meaning)\n\(mend)"
        }
        let waiting = "Logs with a <store> are not pulled until there is room again: \(meaning)"
        guard let percent, percent >= DiskUse.usedUpPercent else {
            let sentence = ForeignText.sentences(ForeignText.line(reason, limit: 500)).first
            let why = sentence.prefix(1).lowercased() + sentence.dropFirst()
            return "pulling has stopped: \(why.isEmpty ? "no room is left" : why)\n\(waiting)\n"
                + "Make room in the file system of the state directory; the batch files take \(taken) of it."
        }
        return "pulling has stopped: max-disk is used up, \(amount)\n\(waiting)\n\(mend)"
    }
}

extension Alert {
    fileprivate init(budgetFrom since: Timestamp, hasBudget: Bool, recipients: [String], _ random: () -> UInt64) {
        self.init(
            service: .diskBudget,
            type: ServiceAlerts.budgetType,
            instance: ServiceAlerts.budgetInstance,
            recipients: recipients,
            at: since,
            random
        )
        unit = "percent"
        guard hasBudget else { return }
        let threshold = ServiceAlerts.budgetThreshold
        comparison = threshold.comparison
        self.threshold = threshold.value
        clear = threshold.clear
    }
}
