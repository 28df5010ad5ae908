#if !hasFeature(Embedded)
    import Wire
#endif

/// A plan that is carried out: its numbers given to the metrics, its collectors and commands ready.
final class ActivePlan {
    let collectors: CollectorRuns
    let commands: CommandRuns
    let logs: LogReads
    /// Numbers of the plan's metrics that no collector has.
    let unknownMetrics: [UInt16]

    /// Takes the numbers of an earlier plan away.
    init(_ plan: CollectionPlan, collectors all: [Collector], permissions: Permissions = .all) {
        let metrics = all.flatMap { $0.metrics }
        for metric in metrics { metric.number = nil }
        var unknown: [UInt16] = []
        for (index, selector) in plan.metrics.enumerated() {
            let number = UInt16(index)
            var isKnown = false
            for metric in metrics where metric.selector == selector {
                isKnown = true
                if metric.number == nil { metric.number = number }
            }
            if !isKnown { unknown.append(number) }
        }
        unknownMetrics = unknown
        collectors = CollectorRuns(
            collectors: all.filter { $0.metrics.contains { $0.number != nil } },
            deadlineMilliseconds: plan.collectorDeadlineMilliseconds
        )
        commands = CommandRuns(plans: plan.commands, permissions: permissions)
        logs = LogReads(plans: plan.logs, permissions: permissions)
    }

    /// Whether children run, or are killed and not gone yet.
    var hasChildren: Bool { collectors.hasChildren || commands.hasChildren }

    func prepare(_ wait: inout ReadinessWait) {
        collectors.prepare(&wait)
        commands.prepare(&wait)
    }

    func advance(after wait: ReadinessWait, now: UInt64) {
        collectors.advance(after: wait, now: now)
        commands.advance(after: wait, now: now)
    }

    func killAll() {
        collectors.killAll()
        commands.killAll()
    }
}
