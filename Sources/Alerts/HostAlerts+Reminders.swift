import Wire

extension HostAlerts {
    /// Reminds of everything that is due; of an unreachable host only that.
    mutating func remind(at now: Timestamp, into changes: inout [AlertChange]) {
        remind(\.unreachableRules, at: now, into: &changes)
        if !isCutOff {
            remind(\.noDataRules, at: now, into: &changes)
            remind(\.commandRules, at: now, into: &changes)
            remindOfLogs(at: now, into: &changes)
            for index in metricRules.indices where metricRules[index].rule.repeatEvery != nil {
                let timing = metricRules[index].timing
                for position in metricRules[index].series.indices {
                    let recent = metricRules[index].series[position].recent
                    let action = metricRules[index].series[position].machine
                        .timePasses(at: now, timing: timing, recent: recent)
                    let series = metricRules[index].series[position]
                    append(
                        action,
                        of: series.machine,
                        rule: metricRules[index].rule,
                        instance: series.instance,
                        to: &changes
                    )
                }
            }
        }
        scheduleReminder()
    }

    private mutating func remind(
        _ rules: WritableKeyPath<HostAlerts, [HostRule]>,
        at now: Timestamp,
        into changes: inout [AlertChange]
    ) {
        for index in self[keyPath: rules].indices {
            let timing = self[keyPath: rules][index].timing
            let action = self[keyPath: rules][index].machine.timePasses(at: now, timing: timing, recent: nil)
            let changed = self[keyPath: rules][index]
            append(action, of: changed.machine, rule: changed.rule, instance: "", to: &changes)
        }
    }

    /// Finds the next reminder anew; called when something began or ceased to fire, or the host came or went.
    mutating func scheduleReminder() {
        var next: Timestamp?
        func consider(_ machine: AlertStateMachine, _ timing: AlertStateMachine.Timing) {
            guard let due = machine.nextReminder(timing) else { return }
            next = next.map { min($0, due) } ?? due
        }
        for rule in unreachableRules { consider(rule.machine, rule.timing) }
        if !isCutOff {
            for rule in noDataRules { consider(rule.machine, rule.timing) }
            for rule in commandRules { consider(rule.machine, rule.timing) }
            for rule in trafficRules { consider(rule.machine, rule.timing) }
            for rule in silenceRules { consider(rule.machine, rule.timing) }
            for rule in metricRules where rule.timing.repeatEvery != nil {
                for series in rule.series { consider(series.machine, rule.timing) }
            }
        }
        nextReminder = next
    }
}
