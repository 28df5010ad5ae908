package import Wire

/// A `delivery_failed` rule on one delivery.
struct DeliveryRule: Sendable {
    let rule: AlertRule
    /// Its place among the deliveries.
    let delivery: Int
    let timing: AlertStateMachine.Timing
    var machine: AlertStateMachine

    init(rule: AlertRule, delivery: Int, restored: AlertState?) {
        self.rule = rule
        self.delivery = delivery
        timing = .init(
            holdFor: rule.holdFor.milliseconds,
            // Batches that have failed stay so while nobody looks, also over a restart.
            gapLimit: 1 << 60,
            jitter: 0,
            repeatEvery: rule.repeatEvery?.milliseconds
        )
        machine = restored.map(AlertStateMachine.init(restoring:)) ?? AlertStateMachine()
    }
}

/// What an alert on a delivery says besides its value, which is the number of files that wait.
package struct AlertedDelivery: Codable, Equatable, Sendable {
    package var failedFiles: Int
    package var waitingBytes: UInt64
    package var oldestClosedAt: Timestamp?
    package var retryMilliseconds: Int64
    /// Of all batch files on this machine.
    package var folder: String
}

extension ServiceAlerts {
    static let filesUnit = "files"

    mutating func delivery(_ name: String, stands condition: DeliveryCondition, at now: Timestamp) -> [AlertChange] {
        guard let place = deliveries.firstIndex(where: { $0.name == name }) else { return [] }
        conditions[place] = condition
        var changes: [AlertChange] = []
        for index in deliveryRules.indices where deliveryRules[index].delivery == place {
            if condition.failedBatches > 0 {
                fails(index, condition, at: now, into: &changes)
            } else {
                works(index, condition, at: now, into: &changes)
            }
        }
        return changes
    }

    private mutating func fails(
        _ index: Int,
        _ condition: DeliveryCondition,
        at now: Timestamp,
        into changes: inout [AlertChange]
    ) {
        let (rule, timing, random) = (deliveryRules[index].rule, deliveryRules[index].timing, random)
        let cause = holdCause(ofType: rule.subject.type)
        let delivery = deliveries[deliveryRules[index].delivery]
        // Where the last try was of another batch and succeeded, the reason is still that of the batches that failed.
        let reason = condition.reason.map { String($0.prefix(4_096)) } ?? deliveryRules[index].machine.firing?.reason
        let evidence = AlertStateMachine.Evidence(
            at: now,
            value: Double(condition.waitingBatches),
            severity: rule.severity,
            reason: reason ?? "the last_error of each file tells why",
            delivery: facts(of: condition, delivery)
        )
        let explained = deliveryRules[index].machine.isExplained(by: evidence.reason)
        var action = deliveryRules[index].machine.holds(
            evidence,
            comparison: AlertThreshold(.above, 0),
            timing: timing
        ) { since in
            Alert(
                opening: rule,
                host: ServiceAlerts.host,
                instance: delivery.name,
                unit: ServiceAlerts.filesUnit,
                since: since,
                at: now,
                heldBack: cause,
                random
            )
        }
        if action == .nothing, explained != .nothing, let alert = deliveryRules[index].machine.firing {
            action = .updated(alert)
        }
        append(action, of: deliveryRules[index].machine, key: rule.key, instance: delivery.name, to: &changes)
    }

    private mutating func works(
        _ index: Int,
        _ condition: DeliveryCondition,
        at now: Timestamp,
        into changes: inout [AlertChange]
    ) {
        let delivery = deliveries[deliveryRules[index].delivery]
        var action = deliveryRules[index].machine.ends(at: now, value: Double(condition.waitingBatches))
        if case .resolved(var alert) = action {
            alert.delivery = facts(of: condition, delivery)
            action = .resolved(alert)
        }
        append(
            action,
            of: deliveryRules[index].machine,
            key: deliveryRules[index].rule.key,
            instance: delivery.name,
            to: &changes
        )
    }

    private func facts(of condition: DeliveryCondition, _ delivery: Delivery) -> AlertedDelivery {
        AlertedDelivery(
            failedFiles: condition.failedBatches,
            waitingBytes: condition.waitingBytes,
            oldestClosedAt: condition.oldestClosedAt,
            retryMilliseconds: delivery.retry.milliseconds,
            folder: folder
        )
    }

    // MARK: Time

    /// When the next alert is due whose condition has to hold for a while.
    var nextDelivery: Timestamp? {
        deliveryRules.lazy.filter(isFailingQuietly).compactMap { rule in
            rule.machine.since?.advanced(by: rule.timing.holdFor)
        }.min()
    }

    private func isFailingQuietly(_ rule: DeliveryRule) -> Bool {
        rule.machine.firing == nil && conditions[rule.delivery].map { $0.failedBatches > 0 } ?? false
    }

    mutating func raiseDeliveries(at now: Timestamp) -> [AlertChange] {
        var changes: [AlertChange] = []
        for index in deliveryRules.indices where isFailingQuietly(deliveryRules[index]) {
            guard let condition = conditions[deliveryRules[index].delivery] else { continue }
            fails(index, condition, at: now, into: &changes)
        }
        return changes
    }

    mutating func remind(at now: Timestamp) -> [AlertChange] {
        var changes: [AlertChange] = []
        for index in deliveryRules.indices {
            let rule = deliveryRules[index]
            let action = deliveryRules[index].machine.timePasses(at: now, timing: rule.timing, recent: nil)
            append(
                action,
                of: deliveryRules[index].machine,
                key: rule.rule.key,
                instance: deliveries[rule.delivery].name,
                to: &changes
            )
        }
        return changes
    }

    /// Finds the next reminder anew; called when anything changed.
    mutating func scheduleReminder() {
        nextReminder = deliveryRules.lazy.compactMap { $0.machine.nextReminder($0.timing) }.min()
    }
}
