import Alerts
import Configuration
import SSH
import Wire

/// Why the alerts of a host are held back for its parent.
enum ParentHold {
    /// It failed after the parent was last heard of: perhaps the parent is what failed.
    case awaitsParent
    case parentFails
}

extension Recorder {
    /// To be called when the hosts are others than before: whom a gateway's mail names.
    func nameDependents() {
        var children: [String: [String]] = [:]
        for host in hosts {
            if let parent = host.settings.parent { children[parent, default: []].append(host.name) }
        }
        placesByName = Dictionary(hosts.indices.map { (hosts[$0].name, $0) }) { first, _ in first }
        for index in hosts.indices {
            var behind: [String] = []
            var next = children[hosts[index].name] ?? []
            // No circles: the configuration has none.
            while !next.isEmpty {
                behind += next
                next = next.flatMap { children[$0] ?? [] }
            }
            hosts[index].alerts.dependents = behind
        }
    }

    func holdBackForParents(in group: inout Group) {
        for index in hosts.indices where hosts[index].settings.parent != nil {
            holdBackForParent(of: index, failingSince: hosts[index].alerts.unreachableSince, at: group.at, in: &group)
        }
    }

    /// Holds back what the parent's failure explains, and what it may turn out to explain.
    /// - Parameter failingSince: nil while the host is reachable.
    func holdBackForParent(
        of index: Int,
        failingSince: Timestamp?,
        at now: Timestamp,
        in group: inout Group
    ) {
        guard let name = hosts[index].settings.parent, let place = placesByName[name] else { return }
        let parent = hosts[place]
        let former = hosts[index].parentHold
        let cause: String?
        if parent.alerts.isCutOff {
            hosts[index].parentHold = .parentFails
            cause = "\(name) is unreachable, and the way goes through it"
        } else if let failingSince, former != .parentFails, parent.isAwaited(since: failingSince, at: now) {
            hosts[index].parentHold = .awaitsParent
            cause = "the next answer of \(name) is awaited, because the way goes through it"
        } else {
            guard former != nil else { return }
            hosts[index].parentHold = nil
            cause = nil
        }
        let changes = hosts[index].alerts.holdBack(
            because: cause,
            by: .parent,
            untilTried: former == .parentFails,
            at: now
        )
        apply(changes, to: index, in: &group)
    }
}

extension RecordedHost {
    /// Whether nothing was heard of it since, and is to be before long.
    fileprivate func isAwaited(since moment: Timestamp, at now: Timestamp) -> Bool {
        if let lastTriedAt, lastTriedAt.milliseconds > moment.milliseconds { return false }
        let patience = settings.interval.milliseconds + max(settings.timeout, settings.target.timeout).milliseconds
        return (0..<patience).contains(now.milliseconds - moment.milliseconds)
    }
}
