import Wire

extension HostAlerts {
    /// Tells that the clock behind the moments that the calls are given jumped: was set, or went on while this machine
    /// was suspended. What durations are counted from moves with it, so that none of them includes the step: `for`, the
    /// gaps between values, `no_data`, `log_silent`, `repeat`. Nothing is raised, reminded or resolved by it.
    ///
    /// Moments that are given later are by the new clock. An open alert keeps the times that people were told.
    /// - Parameter milliseconds: positive where the clock went forward.
    /// - Returns: the states to store again; none of them is told to anybody.
    package mutating func clockStepped(by milliseconds: Int64) -> [AlertChange] {
        startedAt = startedAt.advanced(by: milliseconds)
        dataExpectedSince = dataExpectedSince.advanced(by: milliseconds)
        answersSince = answersSince.advanced(by: milliseconds)
        for rule in metricRules.indices {
            for position in metricRules[rule].series.indices {
                metricRules[rule].series[position].machine.clockStepped(by: milliseconds)
            }
        }
        for index in commandRules.indices { commandRules[index].machine.clockStepped(by: milliseconds) }
        for index in unreachableRules.indices { unreachableRules[index].machine.clockStepped(by: milliseconds) }
        for index in noDataRules.indices { noDataRules[index].machine.clockStepped(by: milliseconds) }
        machineRules[0].machine.clockStepped(by: milliseconds)
        clockRules[0].machine.clockStepped(by: milliseconds)
        for index in logs.indices { logs[index].clockStepped(by: milliseconds) }
        for index in trafficRules.indices { trafficRules[index].clockStepped(by: milliseconds) }
        for index in silenceRules.indices { silenceRules[index].machine.clockStepped(by: milliseconds) }
        wayHolds = wayHolds.mapValues { hold in
            WayHold(cause: hold.cause, endedAt: hold.endedAt?.advanced(by: milliseconds))
        }
        scheduleReminder()
        return states.map { AlertChange(storing: $0) }
    }
}

extension AlertStateMachine {
    /// Moves what durations are counted from; a firing alert keeps the times that it is shown with.
    mutating func clockStepped(by milliseconds: Int64) {
        switch state {
        case .ok:
            break
        case .pending(let since, let lastAt, var peak):
            if let worst = peak { peak?.at = worst.at.advanced(by: milliseconds) }
            state = .pending(
                since: since.advanced(by: milliseconds),
                lastAt: lastAt?.advanced(by: milliseconds),
                peak: peak
            )
        case .firing(var alert, let savedAt):
            alert.lastNotifiedAt = alert.lastNotifiedAt.advanced(by: milliseconds)
            state = .firing(alert, savedAt: savedAt.advanced(by: milliseconds))
        }
    }
}

extension AlertChange {
    /// A state that changed without anything having happened to its alert.
    init(storing state: AlertState) {
        host = state.host
        ruleKey = state.ruleKey
        instance = state.instance
        self.state = state
    }
}
