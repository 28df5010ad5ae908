import Wire

/// The clock of metricsd's own machine, as most hosts see it.
package struct OwnClockCondition: Equatable, Sendable {
    /// How far it is ahead of theirs, milliseconds; 0 where they do not agree that it is wrong.
    package var aheadMilliseconds: Int64
    /// Hosts that agree, and those that answer.
    package var agreeing: Int
    package var answering: Int

    package init(aheadMilliseconds: Int64, agreeing: Int, answering: Int) {
        self.aheadMilliseconds = aheadMilliseconds
        self.agreeing = agreeing
        self.answering = answering
    }
}

extension ServiceAlerts {
    /// Fires when it lasts a minute: a clock that was set is set right again, or not.
    private static let clockHold: Int64 = 60_000

    mutating func ownClock(_ condition: OwnClockCondition, at now: Timestamp) -> [AlertChange] {
        // One host proves nothing: neither that it is wrong, nor that it is right again.
        guard condition.answering > 1 || clockSkew.isOk else { return [] }
        let ahead = condition.aheadMilliseconds
        let seconds = Double(ahead.magnitude) / 1_000
        var action = AlertStateMachine.Action.nothing
        if ahead.magnitude > UInt64(HostAlerts.clockLimit) {
            let (random, recipients) = (random, budgetRecipients)
            let cause = holdCause(ofType: HostAlerts.clockType)
            let timing = AlertStateMachine.Timing(
                holdFor: ServiceAlerts.clockHold,
                gapLimit: nil,
                jitter: 0,
                repeatEvery: nil
            )
            let evidence = AlertStateMachine.Evidence(
                at: now,
                value: seconds,
                severity: .warning,
                reason: condition.text
            )
            let threshold = AlertThreshold(.above, Double(HostAlerts.clockLimit) / 1_000)
            action = clockSkew.holds(evidence, comparison: threshold, timing: timing) { since in
                var alert = Alert(
                    service: .clockSkew,
                    type: HostAlerts.clockType,
                    instance: "",
                    recipients: recipients,
                    at: since,
                    random
                )
                alert.unit = "seconds"
                alert.comparison = .above
                alert.threshold = threshold.value
                alert.hold = cause.map { AlertHold(cause: $0, untold: .raised) }
                return alert
            }
        } else {
            action = clockSkew.ends(at: now, value: seconds)
        }
        var changes: [AlertChange] = []
        append(action, of: clockSkew, key: HostAlerts.clockType, instance: "", to: &changes)
        return changes
    }
}

extension OwnClockCondition {
    fileprivate var text: String {
        let size = ValueText.duration(milliseconds: Int64(clamping: aheadMilliseconds.magnitude))
        let side = aheadMilliseconds > 0 ? "ahead of" : "behind"
        return "the clock of metricsd's machine is \(size) \(side) that of \(agreeing) of \(answering) hosts\n"
            + "Times of alerts and mails are wrong by as much; rows have the hosts' own times.\n"
            + "Let NTP set it here (`timedatectl set-ntp true`, chrony)."
    }
}
