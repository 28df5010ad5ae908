import Wire

extension HostAlerts {
    /// A rule becomes one on each of the logs that it names.
    /// - Parameter states: the host's restored states by rule; those of logs that it follows are taken away.
    mutating func addLogRules(_ rule: AlertRule, restored states: inout [String: [AlertState]]) {
        for (place, log) in logs.map(\.log).enumerated() where rule.instance.matches(log.name) {
            let own = states[rule.key]?.firstIndex { $0.instance == log.name }
            let restored = own.flatMap { states[rule.key]?.remove(at: $0) }
            switch rule.subject {
            case .highTraffic(let threshold, let window):
                trafficRules.append(
                    TrafficRule(
                        rule: rule,
                        threshold: threshold,
                        window: window,
                        log: place,
                        interval: log.interval,
                        restored: restored
                    )
                )
            case .logSilent:
                silenceRules.append(
                    SilenceRule(rule: rule, log: place, interval: log.interval, restored: restored)
                )
            case .metric, .commandStatus, .unreachable, .noData, .deliveryFailed, .machineChanged, .clockSkew:
                break
            }
        }
    }

    var logStates: [AlertState] {
        let ofTraffic = trafficRules.compactMap {
            state(of: $0.machine, rule: $0.rule, instance: logs[$0.log].log.name)
        }
        let ofSilence = silenceRules.compactMap {
            state(of: $0.machine, rule: $0.rule, instance: logs[$0.log].log.name)
        }
        return ofTraffic + ofSilence
    }

    mutating func remindOfLogs(at now: Timestamp, into changes: inout [AlertChange]) {
        for index in trafficRules.indices {
            let timing = trafficRules[index].timing
            let action = trafficRules[index].machine.timePasses(at: now, timing: timing, recent: nil)
            let changed = trafficRules[index]
            append(action, of: changed.machine, rule: changed.rule, instance: logs[changed.log].log.name, to: &changes)
        }
        for index in silenceRules.indices {
            let timing = silenceRules[index].timing
            let action = silenceRules[index].machine.timePasses(at: now, timing: timing, recent: nil)
            let changed = silenceRules[index]
            append(action, of: changed.machine, rule: changed.rule, instance: logs[changed.log].log.name, to: &changes)
        }
    }
}
