import Wire

extension HostAlerts {
    /// Turns what a state machine did into what is to be stored and told.
    mutating func append(
        _ action: AlertStateMachine.Action,
        of machine: AlertStateMachine,
        rule: AlertRule,
        instance: String,
        to changes: inout [AlertChange]
    ) {
        guard action != .nothing else { return }
        changes.append(
            AlertChange(
                host: host,
                ruleKey: rule.key,
                instance: instance,
                action,
                state: state(of: machine, rule: rule, instance: instance)
            )
        )
        switch action {
        case .raised, .worsened, .resolved: scheduleReminder()
        case .nothing, .pending, .calmed, .updated, .reminded: break
        }
    }

    func state(of machine: AlertStateMachine, rule: AlertRule, instance: String) -> AlertState? {
        machine.since.map {
            AlertState(host: host, ruleKey: rule.key, instance: instance, since: $0, alert: machine.firing)
        }
    }
}

extension AlertChange {
    init(host: String, ruleKey: String, instance: String, _ action: AlertStateMachine.Action, state: AlertState?) {
        let told: (kind: AlertNotification.Kind, alert: Alert)?
        switch action {
        case .nothing, .pending, .calmed:
            (told, alert) = (nil, nil)
        case .updated(let updated):
            (told, alert) = (nil, updated)
        case .raised(let raised):
            (told, alert) = ((.raised, raised), raised)
        case .worsened(let worsened):
            (told, alert) = ((.worsened, worsened), worsened)
        case .reminded(let reminded):
            (told, alert) = ((.reminded, reminded), reminded)
        case .resolved(let resolved):
            (told, alert) = ((.resolved, resolved), resolved)
        }
        self.host = host
        self.ruleKey = ruleKey
        self.instance = instance
        self.state = state
        event = told?.kind
        notification = told.flatMap { kind, alert in
            guard !alert.recipients.isEmpty, alert.isTold(kind) else { return nil }
            return AlertNotification(kind: kind, alert: alert, recipients: alert.recipients)
        }
    }
}

extension Alert {
    /// Whether people are told of a step that it has taken now. Its end is told to those who know of it.
    fileprivate func isTold(_ kind: AlertNotification.Kind) -> Bool {
        kind == .resolved ? hold?.untold != .raised : !isHeldBack
    }

    static func identifier(_ random: () -> UInt64) -> String {
        let digits = String(random(), radix: 16)
        return "alert-" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// An alert that is raised now; its values are filled in by the state machine.
    init(
        opening rule: AlertRule,
        host: String,
        instance: String = "",
        unit: String,
        since: Timestamp,
        at now: Timestamp,
        heldBack cause: String?,
        _ random: () -> UInt64
    ) {
        id = Alert.identifier(random)
        self.host = host
        self.instance = instance
        self.unit = unit
        self.since = since
        type = rule.subject.type
        severity = rule.severity
        switch rule.subject {
        case .metric(_, let condition):
            kind = .metric
            comparison = condition.comparison
            threshold = condition.value
            clear = condition.clear
        case .commandStatus: kind = .commandStatus
        case .unreachable: kind = .unreachable
        case .noData: kind = .noData
        case .highTraffic(let condition, let window):
            kind = .highTraffic
            comparison = condition.comparison
            threshold = condition.value
            clear = condition.clear
            log = AlertedLog(path: "", windowMilliseconds: window.milliseconds)
        case .logSilent: kind = .logSilent
        case .deliveryFailed: kind = .deliveryFailed
        case .machineChanged: kind = .machineChanged
        case .clockSkew: kind = .clockSkew
        }
        holdForMilliseconds = rule.holdFor.milliseconds
        openedAt = now
        lastNotifiedAt = now
        recent = []
        reason = ""
        recipients = rule.recipients
        remindersSent = 0
        hold = cause.map { AlertHold(cause: $0, untold: .raised) }
    }
}
