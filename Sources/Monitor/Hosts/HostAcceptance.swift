package import Configuration
import Journal
package import Wire

/// `metricsd host accept NAME`: another machine is the host's from now on.
package struct HostAcceptance: Sendable {
    /// For people, without a line end.
    package let text: String
    /// Whether there was a machine to accept.
    package let succeeded: Bool

    /// Writes into the journal, whether or not metricsd runs; blocks for the disk.
    ///
    /// - Throws: `JournalError`, e.g. when metricsd has never run on the state directory.
    package init(_ host: HostSettings, in configuration: ServerConfiguration, at now: Timestamp = .now) throws {
        let journal = try Journal(joiningAt: "\(configuration.stateDirectory)/\(Journal.fileName)")
        let next: String
        switch StateDirectoryLock.owner(of: configuration.stateDirectory) {
        case .running: next = "The running metricsd tries it within some seconds."
        case .none: next = "metricsd does not run; it is tried at the next start."
        }
        switch try journal.acceptMachine(of: host.name, at: now) {
        case .accepted(let former, let machine) where machine.machineID.isEmpty:
            text =
                "\(host.name) is not bound to the machine \(former) any more. The one at \(machine.address) has no "
                + "machine-id, so the next one that shows one is bound. \(next)"
            succeeded = true
        case .accepted(let former, let machine):
            text =
                "\(host.name) is bound to the machine \(machine.machineID) at \(machine.address) from now on, no more "
                + "to \(former). \(next)"
            succeeded = true
        case .nothingRefused(let machine):
            let last = machine.address.isEmpty ? "" : ", which last answered at \(machine.address)"
            text =
                "nothing to accept: \(host.name) is bound to the machine \(machine.machineID)\(last), and no other one "
                + "was refused since. `metricsd status` shows how it stands."
            succeeded = false
        case .notBound:
            text =
                "nothing to accept: \(host.name) is not bound to a machine yet; the first one that answers with a "
                + "machine-id is its."
            succeeded = false
        }
    }
}
