import Alerts
import Journal
import Wire

/// Whose rows a host's are: what the threads of hosts found (`MachineBindings`) becomes stored and told.
extension Recorder {
    func settleMachine(
        _ identity: HostIdentity,
        address: String,
        of index: Int,
        at now: Timestamp,
        in group: inout Group
    ) {
        let (step, changes) = hosts[index].settleMachine(identity.bindingID, address: address, at: now)
        if let step { group.machines.append(step) }
        apply(changes, to: index, in: &group)
    }

    func refuse(_ machine: RefusedMachine, of index: Int, at now: Timestamp, in group: inout Group) {
        group.machines.append(hosts[index].refuse(machine, at: now))
        apply(hosts[index].alerts.machineRefused(machine, at: now), to: index, in: &group)
    }

    /// Alerts about machines that were accepted while metricsd did not run: one that answers again by itself is stored
    /// together with the end of its alert.
    func settleAcceptedMachines(in group: inout Group) {
        for index in hosts.indices where hosts[index].machine?.refused == nil {
            apply(hosts[index].acceptMachine(at: group.at), to: index, in: &group)
        }
    }
}

extension RecordedHost {
    /// The machine that the host is bound to answers, or one that binds it, or one that was accepted.
    ///
    /// - Returns: what is to be stored, nil where that is known already; and the end of an alert.
    mutating func settleMachine(
        _ machineID: String,
        address: String,
        at now: Timestamp
    ) -> (step: MachineStep?, changes: [AlertChange]) {
        let isSame = machine?.machineID == machineID
        let changes = isSame ? alerts.machineSettled(at: now) : acceptMachine(at: now)
        guard !isSame || machine?.address != address || machine?.refused != nil else { return (nil, changes) }
        let boundAt = isSame ? machine?.boundAt ?? now : now
        machine = MachineRecord(host: name, machineID: machineID, boundAt: boundAt, address: address)
        guard !machineID.isEmpty else { return (nil, changes) }
        return (.answered(host: name, machineID: machineID, address: address, at: now), changes)
    }

    mutating func refuse(_ refused: RefusedMachine, at now: Timestamp) -> MachineStep {
        let seen = MachineRecord.Refused(machineID: refused.machineID, address: refused.address, at: now)
        machine?.refused = seen
        return .refused(host: name, seen)
    }

    mutating func acceptMachine(at now: Timestamp) -> [AlertChange] {
        alerts.machineSettled("the other machine was accepted", at: now)
    }
}
