package import Wire

/// The alert `clock_skew`: the host's clock differs from metricsd's by more than 30 seconds.
///
/// Every host has it, without being configured. It fires when three answers in a row show it, so that one answer that was
/// long on its way is none, and is over at 20 seconds or less. Where the hosts agree with each other it is metricsd's own
/// clock that is wrong: `ServiceAlerts` tells that once, and nothing is raised here.
extension HostAlerts {
    static let clockType = "clock_skew"
    /// Milliseconds, to either side.
    package static let clockLimit: Int64 = 30_000
    static let clockClear: Int64 = 20_000
    private static let clockAnswers = 3

    static func clockRule(recipients: [String]) -> HostRule {
        HostRule(rule: AlertRule(.clockSkew, recipients: recipients), holdFor: 0, restored: nil)
    }

    /// Takes what an answer shows of the host's clock.
    ///
    /// - Parameters:
    ///   - skew: the host's clock minus metricsd's, milliseconds.
    ///   - isOurs: most hosts show the same.
    package mutating func clockRead(_ skew: Int64, isOurs: Bool, at now: Timestamp) -> [AlertChange] {
        let size = skew.magnitude
        var action = AlertStateMachine.Action.nothing
        if size > UInt64(HostAlerts.clockLimit) {
            clockBreaches = min(clockBreaches + 1, HostAlerts.clockAnswers)
            guard clockBreaches == HostAlerts.clockAnswers, !isOurs || clockRules[0].machine.firing != nil else {
                return []
            }
            let (host, random, rule) = (host, random, clockRules[0].rule)
            let hold = holdCause(of: rule)
            let evidence = AlertStateMachine.Evidence(
                at: now,
                value: Double(size) / 1_000,
                severity: rule.severity,
                reason: HostAlerts.clockText(skew)
            )
            let threshold = AlertThreshold(.above, Double(HostAlerts.clockLimit) / 1_000)
            action = clockRules[0].machine.holds(evidence, comparison: threshold, timing: clockRules[0].timing) {
                since in
                var alert = Alert(
                    opening: rule,
                    host: host,
                    unit: "seconds",
                    since: since,
                    at: now,
                    heldBack: hold,
                    random
                )
                alert.comparison = .above
                alert.threshold = Double(HostAlerts.clockLimit) / 1_000
                alert.clear = Double(HostAlerts.clockClear) / 1_000
                return alert
            }
        } else {
            clockBreaches = 0
            guard size <= UInt64(HostAlerts.clockClear), !clockRules[0].machine.isOk else { return [] }
            action = clockRules[0].machine.ends(at: now, value: Double(size) / 1_000)
        }
        var changes: [AlertChange] = []
        append(action, of: clockRules[0].machine, rule: clockRules[0].rule, instance: "", to: &changes)
        return changes
    }

    /// What is the matter, then what that means and the mend.
    private static func clockText(_ skew: Int64) -> String {
        let size = ValueText.duration(milliseconds: Int64(clamping: skew.magnitude))
        return "its clock is \(size) \(skew > 0 ? "ahead of" : "behind") metricsd's\n"
            + "Its rows and the times of its log lines are wrong by as much.\n"
            + "Let NTP set it there (`timedatectl set-ntp true`, chrony); if it is right, look at the clock of metricsd's machine."
    }
}
