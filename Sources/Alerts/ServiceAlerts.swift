package import Wire

/// The alerts of metricsd about itself, under the host name `metricsd`: deliveries that fail, the disk budget, and what
/// is noticed of single batches.
///
/// A value without I/O and without a clock, as `HostAlerts` is one: every call is given the server's time and returns what
/// changed, which the caller stores in one transaction together with what caused it.
/// - `delivery_failed` (by rules; instance: the delivery) holds while batches of a delivery have failed. Whoever delivers
///   tells how it stands after each try, and once after a start; until then a restored alert stays as it is.
/// - `disk_budget` (instance `logs`) warns at 90 % of `max-disk`, is over below 85 %, and is critical while nothing is
///   pulled.
/// - `clock_skew` holds while most hosts agree that the clock here is wrong.
/// - `journal_growing` holds while what is measured does not reach the database for ten minutes.
/// - `delivery_conflict`, `batch_altered` and `journal_damaged` are noticed: one row, one mail, no state.
package struct ServiceAlerts: Sendable {
    package struct Delivery: Equatable, Sendable {
        package var name: String
        /// Of `delivery_failed`; each names this delivery.
        package var rules: [AlertRule]
        /// Who is told what is noticed of its batches.
        package var recipients: [String]
        /// Time between two tries of a failed batch, for the mails.
        package var retry: Duration

        package init(name: String, rules: [AlertRule], recipients: [String], retry: Duration = .seconds(300)) {
            self.name = name
            self.rules = rules
            self.recipients = recipients
            self.retry = retry
        }
    }

    /// The host name of its alerts; no monitored host may have it.
    package static let host = "metricsd"

    let deliveries: [Delivery]
    let budgetRecipients: [String]
    let folder: String
    let random: @Sendable () -> UInt64
    var deliveryRules: [DeliveryRule] = []
    /// By delivery, as it was last told; nil until then.
    var conditions: [DeliveryCondition?]
    var budget = AlertStateMachine()
    /// Until the disk use is told the first time. Who tells it says only what changes, and after a start begins anew: where
    /// it sees nothing to warn of, nothing is told again at 85 %.
    var isBudgetRestored = false
    /// It was told since the start.
    var isBudgetKnown = false
    var journalGrowth = AlertStateMachine()
    var clockSkew = AlertStateMachine()
    /// What waited when it was told last.
    var journalBytes: UInt64?
    /// Restored states whose rule or delivery is gone; resolved by `start`.
    var abandoned: [AlertState]
    /// What was noticed last: the same is not told at each further try.
    var noticed: [ServiceEvent] = []
    var nextReminder: Timestamp?
    /// What people asked not to be told of at present.
    var silences: [AlertSilence] = []
    var startedAt = Timestamp(milliseconds: 0)
    /// Something is held back for no longer than until it is confirmed.
    var awaitsRelease = false

    /// - Parameters:
    ///   - budgetRecipients: who is told of the disk budget, and what is noticed of batches without a delivery.
    ///   - folder: of the batch files, as the mails name it: `/var/lib/metricsd/logs`.
    ///   - restored: the states of the host `metricsd` from the journal. Call `start(at:)` before anything else.
    ///   - random: source of the alerts' ids.
    package init(
        deliveries: [Delivery],
        budgetRecipients: [String],
        folder: String = "logs",
        restored: [AlertState] = [],
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        self.deliveries = deliveries
        self.budgetRecipients = budgetRecipients
        self.folder = folder
        self.random = random
        conditions = Array(repeating: nil, count: deliveries.count)
        abandoned = restored
        for (place, delivery) in deliveries.enumerated() {
            for rule in AlertRule.distinguished(delivery.rules) where rule.subject == .deliveryFailed {
                let own = takeRestored(rule.key, delivery.name)
                deliveryRules.append(DeliveryRule(rule: rule, delivery: place, restored: own))
            }
        }
        if let own = takeRestored(ServiceAlerts.budgetType, ServiceAlerts.budgetInstance) {
            budget = AlertStateMachine(restoring: own)
            isBudgetRestored = true
        }
        if let own = takeRestored(HostAlerts.clockType, "") { clockSkew = AlertStateMachine(restoring: own) }
        if let own = takeRestored(ServiceAlerts.journalType, "") { journalGrowth = AlertStateMachine(restoring: own) }
    }

    /// Begins. Alerts of deliveries and rules that the configuration no longer has are resolved.
    package mutating func start(at now: Timestamp) -> [AlertChange] {
        let names = deliveries.map(\.name)
        let changes = abandoned.map { state in
            var machine = AlertStateMachine(restoring: state)
            let what =
                names.contains(state.instance)
                ? "its rule was changed or removed" : "the delivery was removed from the configuration"
            let action = machine.ends(at: now, resolution: what)
            return AlertChange(host: state.host, ruleKey: state.ruleKey, instance: state.instance, action, state: nil)
        }
        abandoned = []
        startedAt = now
        scheduleReminder()
        return changes + settle(at: now)
    }

    /// Goes on from the alerts of the configuration before: whoever tells of the disk or of deliveries goes on, too, and says
    /// only what changes. To be called before `start`.
    package mutating func goOn(from former: ServiceAlerts) {
        isBudgetRestored = former.isBudgetRestored
        isBudgetKnown = former.isBudgetKnown
        journalBytes = former.journalBytes
        noticed = former.noticed
        for (place, delivery) in deliveries.enumerated() {
            guard let old = former.deliveries.firstIndex(where: { $0.name == delivery.name }) else { continue }
            conditions[place] = former.conditions[old]
        }
    }

    package mutating func observe(_ event: ServiceEvent, at now: Timestamp) -> [AlertChange] {
        let changes = take(event, at: now)
        return awaitsRelease ? changes + settle(at: now) : changes
    }

    private mutating func take(_ event: ServiceEvent, at now: Timestamp) -> [AlertChange] {
        switch event {
        case .delivery(let name, let condition): delivery(name, stands: condition, at: now)
        case .diskUse(let bytes, let budget, let isStopped, let reason):
            diskUse(DiskUse(bytes: bytes, budget: budget, isStopped: isStopped, reason: reason), at: now)
        case .journal(let condition): journal(condition, at: now)
        case .ownClock(let condition): ownClock(condition, at: now)
        case .conflict(let conflict): isNew(event) ? [notice(conflict, at: now)] : []
        case .altered(let batch): isNew(event) ? [notice(batch, at: now)] : []
        case .journalDamaged(let folder, let finding): [noticeJournal(in: folder, finding, at: now)]
        }
    }

    /// Lets time pass: `for` and `repeat` come due. Nearly free of cost when nothing is due.
    package mutating func tick(at now: Timestamp) -> [AlertChange] {
        guard let nextTick, nextTick <= now else { return [] }
        var changes = raiseDeliveries(at: now)
        if awaitsRelease { changes += settle(at: now) }
        if let nextReminder, nextReminder <= now { changes += remind(at: now) }
        return changes
    }

    /// The next moment at which `tick` has something to do; nil when only an event can change anything.
    package var nextTick: Timestamp? {
        // Rare, and short: looked at each time.
        awaitsRelease ? startedAt : [nextReminder, nextDelivery].compactMap { $0 }.min()
    }

    /// Everything that is not ok, for a reload: hand it to the new rules' `restored`.
    package var states: [AlertState] {
        let ofDeliveries = deliveryRules.compactMap {
            state(of: $0.machine, key: $0.rule.key, instance: deliveries[$0.delivery].name)
        }
        let ofBudget = state(of: budget, key: ServiceAlerts.budgetType, instance: ServiceAlerts.budgetInstance)
        let ofClock = state(of: clockSkew, key: HostAlerts.clockType, instance: "")
        let ofJournal = state(of: journalGrowth, key: ServiceAlerts.journalType, instance: "")
        return abandoned + ofDeliveries + [ofBudget, ofJournal, ofClock].compactMap { $0 }
    }

    /// Tells that the clock behind the moments that the calls are given jumped, as `HostAlerts.clockStepped` does.
    package mutating func clockStepped(by milliseconds: Int64) -> [AlertChange] {
        for index in deliveryRules.indices { deliveryRules[index].machine.clockStepped(by: milliseconds) }
        budget.clockStepped(by: milliseconds)
        journalGrowth.clockStepped(by: milliseconds)
        clockSkew.clockStepped(by: milliseconds)
        scheduleReminder()
        return states.map { AlertChange(storing: $0) }
    }

    // MARK: Parts

    private mutating func takeRestored(_ key: String, _ instance: String) -> AlertState? {
        guard let place = abandoned.firstIndex(where: { $0.ruleKey == key && $0.instance == instance }) else {
            return nil
        }
        return abandoned.remove(at: place)
    }

    func state(of machine: AlertStateMachine, key: String, instance: String) -> AlertState? {
        machine.since.map {
            AlertState(host: ServiceAlerts.host, ruleKey: key, instance: instance, since: $0, alert: machine.firing)
        }
    }

    mutating func append(
        _ action: AlertStateMachine.Action,
        of machine: AlertStateMachine,
        key: String,
        instance: String,
        to changes: inout [AlertChange]
    ) {
        guard action != .nothing else { return }
        let state = state(of: machine, key: key, instance: instance)
        changes.append(
            AlertChange(host: ServiceAlerts.host, ruleKey: key, instance: instance, action, state: state)
        )
        scheduleReminder()
    }
}
