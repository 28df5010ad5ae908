package import Wire

/// The alert `machine_changed`: another machine answers than the one whose rows the host's are.
///
/// Every host has it, without being configured. It fires from the first refusal on, and is over when the right machine
/// answers again or the other one was accepted; that the host is then not reached is no end. While the other one is
/// refused `unreachable` raises nothing of its own: it would tell the same again.
extension HostAlerts {
    static let machineType = "machine_changed"

    static func machineRule(recipients: [String]) -> HostRule {
        HostRule(
            rule: AlertRule(.machineChanged, severity: .critical, recipients: recipients),
            holdFor: 0,
            restored: nil
        )
    }

    /// Tells that another machine answers and is refused. The host counts as not reachable.
    package mutating func machineRefused(_ machine: RefusedMachine, at now: Timestamp) -> [AlertChange] {
        let text = machine.lines.joined(separator: "\n")
        let (host, random, rule) = (host, random, machineRules[0].rule)
        let hold = holdCause(of: rule)
        isMachineRefused = true
        isReachable = false
        reason = machine.sentence
        forgetFreeWays(hasFailed: true, at: now)
        let action: AlertStateMachine.Action
        if machineRules[0].machine.firing != nil {
            action = machineRules[0].machine.isExplained(by: text)
        } else {
            let evidence = AlertStateMachine.Evidence(at: now, severity: rule.severity, reason: text)
            action = machineRules[0].machine.holds(evidence, timing: machineRules[0].timing) { since in
                Alert(opening: rule, host: host, unit: "", since: since, at: now, heldBack: hold, random)
            }
        }
        var changes: [AlertChange] = []
        append(action, of: machineRules[0].machine, rule: rule, instance: "", to: &changes)
        changes += hostIsUnreachable(at: now)
        return isHoldingBack ? changes + settle(at: now) : changes
    }

    /// Tells that the right machine answers, or that the other one is the right one from now on.
    /// - Parameter resolution: why it is over where the machine itself has not changed back.
    package mutating func machineSettled(_ resolution: String? = nil, at now: Timestamp) -> [AlertChange] {
        isMachineRefused = false
        guard !machineRules[0].machine.isOk else { return [] }
        var changes: [AlertChange] = []
        let action = machineRules[0].machine.ends(at: now, resolution: resolution)
        append(action, of: machineRules[0].machine, rule: machineRules[0].rule, instance: "", to: &changes)
        return changes
    }
}
