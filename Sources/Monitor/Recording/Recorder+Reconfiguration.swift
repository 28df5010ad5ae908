import Alerts
import Configuration
import Database
import Journal
import Wire

extension Recorder {
    /// Takes hosts over from the configuration before, begins those that are new, and ends the alerts of those that are gone.
    ///
    /// A host that is as it was is not touched. One that was changed begins as after a restart: its alerts go on, those whose
    /// rules are gone are resolved.
    func take(_ new: Reconfiguration) {
        let former = Dictionary(uniqueKeysWithValues: zip(hosts.map(\.name), hosts))
        let numbers = Dictionary(uniqueKeysWithValues: places.map { (hosts[$0.value].name, $0.key) })
        var begun: [Int] = []
        var kept: [Int] = []
        hosts = new.hosts.enumerated().map { place, host in
            let name = host.settings.name
            guard var old = former[name] else {
                begun.append(place)
                return RecordedHost(host.settings, numbering: &numbering)
            }
            if numbers[name] == host.number, old.settings == host.settings { return old }
            begun.append(place)
            if numbers[name] == host.number { kept.append(place) }
            old.adopt(host.settings, keepingConnection: numbers[name] == host.number, numbering: &numbering)
            return old
        }
        places = Dictionary(uniqueKeysWithValues: new.hosts.enumerated().map { ($1.number, $0) })
        sendsMail = new.sendsMail

        // Behind the numbering of new metrics, which the group's batch names.
        nameDependents()
        var group = begin()
        let told = service.alerts
        service = new.service(told.states)
        service.alerts.goOn(from: told)
        // Before anything begins: what is silenced is not told by that.
        renewSilences(in: &group)
        for index in begun {
            group.touched.insert(index)
            group.batch.add(hosts[index].row)
            apply(hosts[index].alerts.start(at: group.at), to: index, in: &group)
        }
        for index in kept where hosts[index].state.state == .up {
            apply(hosts[index].alerts.reachability(true, reason: "", at: group.at), to: index, in: &group)
        }
        let names = Set(hosts.map(\.name))
        for host in former.values.sorted(by: { $0.name < $1.name }) where !names.contains(host.name) {
            group.batch.add(host.state.formerRow)
            apply(HostAlerts.orphans(host.alerts.states, at: group.at), to: nil, in: &group)
        }
        apply(service.alerts.start(at: group.at), to: nil, in: &group)
        holdBackForParents(in: &group)
        for index in kept where hosts[index].isKnownToFail { failStill(index, in: &group) }
        board.replace(hosts.map(\.status))
        commit(group)
    }

    /// A host that is down, and whose thread goes on, is as it was: the thread may not try it again for minutes.
    private func failStill(_ index: Int, in group: inout Group) {
        holdBack(index, at: group.at, in: &group)
        let reason = hosts[index].state.lastError ?? ""
        apply(hosts[index].alerts.reachability(false, reason: reason, at: group.at), to: index, in: &group)
    }
}

extension RecordedHost {
    /// Whether its last try failed, for another reason than that another machine answers.
    fileprivate var isKnownToFail: Bool {
        (state.state == .unreachable || state.state == .refused) && machine?.refused == nil
    }
}

extension HostState {
    /// Of a host that is no longer configured: else `hosts` would say for ever how it stood last.
    var formerRow: HostRow {
        HostRow(
            name: host,
            address: address,
            port: 0,
            state: .unknown,
            lastError: "It was taken out of the configuration and is not polled any more."
        )
    }
}
