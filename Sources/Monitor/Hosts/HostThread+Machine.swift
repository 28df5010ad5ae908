import Alerts
import Configuration
import Wire

/// Which machine it is that answers.
extension HostThread {
    /// Whether it is the host's machine that answers, before anything of it is recorded; what people should know of it.
    mutating func greet(_ connection: HostConnection) throws(MachineRefusal) -> [HostNotice] {
        let others: [String]
        do {
            others = try surroundings.machines.check(
                connection.identity,
                of: settings.name,
                at: connection.address
            )
        } catch {
            refusedMachineID = error.machine.machineID
            throw error
        }
        refusedMachineID = nil
        var notices: [HostNotice] = []
        if let text = connection.unknownMetricsNotice() { notices.append(HostNotice(text: text, isWarning: true)) }
        if !others.isEmpty {
            let text = "it is the machine that is configured as \(others.joined(separator: ", ")), too"
            // Two names of one machine are fine.
            notices.append(HostNotice(text: text, isWarning: false))
        }
        return notices
    }

    /// Whether the machine that was refused last has been accepted: the next try need not wait.
    mutating func isMachineAccepted() -> Bool {
        guard let refusedMachineID, surroundings.machines.isAccepted(refusedMachineID, of: settings.name) else {
            return false
        }
        self.refusedMachineID = nil
        post(.machineAccepted)
        return true
    }
}
