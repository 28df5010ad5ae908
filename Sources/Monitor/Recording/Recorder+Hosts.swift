import Alerts
import Configuration
import Database
import Journal
import Wire

extension Recorder {
    func record(_ report: HostReport, in group: inout Group) {
        // A thread that was left behind may still have something to say of a host that is gone.
        guard let index = places[report.host] else { return }
        let at = clockWatch.current(report.at)
        group.touched.insert(index)
        switch report.event {
        case .connected, .wayOpened, .failed, .polled: hosts[index].lastTriedAt = at
        case .batchesClosed, .logRead, .machineAccepted: break
        }
        switch report.event {
        case .connected(let identity, let address, let skew, let notices):
            log(hosts[index].connected(identity, address: address, clockSkewMilliseconds: skew, notices: notices))
            settleMachine(identity, address: address, of: index, at: at, in: &group)
            trimDue = trimDue ?? .now + Self.trimDelay
            group.batch.add(hosts[index].row)
            apply(hosts[index].alerts.reachability(true, reason: "", at: at), to: index, in: &group)
        case .wayOpened(let address):
            let isBack = hosts[index].state.state != .up
            log(hosts[index].wayOpened(address, at: at))
            group.batch.add(address == nil ? hosts[index].seenRow : hosts[index].row)
            apply(hosts[index].alerts.reachability(true, reason: "", at: at), to: index, in: &group)
            if isBack { holdBackBehind(index, at: at, in: &group) }
        case .failed(var failure):
            failure.message += consequence(of: index)
            own.failed(failure)
            log(hosts[index].failed(failure, at: at))
            group.batch.add(hosts[index].row)
            if let machine = failure.machine { return refuse(machine, of: index, at: at, in: &group) }
            let since = hosts[index].alerts.unreachableSince ?? at
            holdBackForParent(of: index, failingSince: since, at: at, in: &group)
            holdBack(index, at: at, in: &group)
            apply(
                hosts[index].alerts.reachability(false, reason: failure.message, at: at),
                to: index,
                in: &group
            )
            holdBackBehind(index, at: at, in: &group)
        case .polled(let snapshot, let withMetrics):
            record(snapshot, withMetrics: withMetrics, of: index, at: at, in: &group)
        case .machineAccepted:
            apply(hosts[index].acceptMachine(at: at), to: index, in: &group)
        case .batchesClosed(let batches, let findings):
            record(batches, findings, at: at, in: &group)
        case .logRead(let advance):
            record(advance, of: index, at: at, clockStep: at.milliseconds - report.at.wall.milliseconds, in: &group)
        }
    }

    private func record(
        _ snapshot: Snapshot,
        withMetrics: Bool,
        of index: Int,
        at now: Timestamp,
        in group: inout Group
    ) {
        let snapshot = snapshot.withStorableTimes
        log(hosts[index].answered(snapshot, withMetrics: withMetrics, at: now))
        if !snapshot.commandResults.isEmpty { log(hosts[index].forbiddenCommands(in: snapshot)) }
        recordClock(snapshot.collectedAt, of: index, at: now, in: &group)
        group.batch.add(hosts[index].takeSeenRow())
        if !snapshot.samples.isEmpty {
            group.batch.add(
                snapshot.samples,
                host: hosts[index].name,
                collectedAt: snapshot.collectedAt,
                numbers: hosts[index].numbers
            )
        }
        var commandSamples: [Sample] = []
        for result in snapshot.commandResults {
            guard let reading = hosts[index].reading(of: result) else { continue }
            group.batch.add(reading.output)
            // Value and text share their time, so that SQL can join them.
            group.batch.add(
                reading.samples,
                host: hosts[index].name,
                collectedAt: result.startedAt,
                numbers: hosts[index].numbers
            )
            commandSamples += reading.samples
        }
        let changes = hosts[index].alerts.observe(
            snapshot,
            commandSamples: commandSamples,
            withMetrics: withMetrics,
            at: now
        )
        apply(changes, to: index, in: &group)
    }
}

extension Snapshot {
    /// A host may say any time.
    fileprivate var withStorableTimes: Snapshot {
        var snapshot = self
        snapshot.collectedAt = collectedAt.storable
        for place in snapshot.commandResults.indices {
            snapshot.commandResults[place].startedAt = commandResults[place].startedAt.storable
        }
        return snapshot
    }
}
