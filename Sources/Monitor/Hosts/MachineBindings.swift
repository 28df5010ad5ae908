import Alerts
import Configuration
import Journal
import Synchronization
import Wire

/// Which machine each host's rows are of, shared by the threads of all hosts.
///
/// A host is bound to the machine-id (man 5 machine-id) that it shows at first contact. A thread asks here behind each
/// hello, before it asks the probe for anything; that costs a look into a dictionary. Only where another machine answers
/// the journal is looked at, because `metricsd host accept` may have been called meanwhile. The recorder stores what
/// is bound, in the transaction of the first rows or an earlier one.
final class MachineBindings: Sendable {
    private struct Contents {
        var machines: [String: MachineRecord]
        var readAt: ContinuousClock.Instant
    }

    /// How often the journal is read for those who wait to be accepted, however many they are.
    private static let readInterval = Duration.seconds(1)

    private let contents: Mutex<Contents>
    private let read: @Sendable () throws -> [String: MachineRecord]

    /// - Parameter read: reads the journal; blocks.
    init(_ machines: [String: MachineRecord] = [:], read: @escaping @Sendable () throws -> [String: MachineRecord]) {
        contents = Mutex(Contents(machines: machines, readAt: .now))
        self.read = read
    }

    /// Those that the journal has, for commands that store nothing. None where no metricsd has run yet, or where this user
    /// may not read what it wrote: who only looks at a way learns less then.
    convenience init(reading configuration: ServerConfiguration) {
        let machines = try? Journal(readingAt: "\(configuration.stateDirectory)/\(Journal.fileName)").machines()
        let known = machines ?? [:]
        self.init(known) { known }
    }

    /// Binds the host to the machine at first contact.
    ///
    /// - Returns: other hosts that are bound to the same machine, when it was bound now; two names of one machine are fine.
    /// - Throws: where another machine is bound.
    @discardableResult
    func check(_ identity: HostIdentity, of host: String, at address: String) throws(MachineRefusal) -> [String] {
        let machineID = identity.bindingID
        return try contents.withLock { contents throws(MachineRefusal) in
            if contents.machines[host].refuses(machineID) { refresh(&contents) }
            let bound = contents.machines[host]
            guard bound.refuses(machineID), let bound else {
                if machineID.isEmpty { return [] }
                let isNew = bound?.machineID != machineID
                let boundAt = isNew ? Timestamp.now : bound?.boundAt ?? .now
                contents.machines[host] = MachineRecord(
                    host: host,
                    machineID: machineID,
                    boundAt: boundAt,
                    address: address
                )
                return isNew ? Self.hosts(boundTo: machineID, except: host, in: contents.machines) : []
            }
            throw MachineRefusal(
                RefusedMachine(
                    host: host,
                    machineID: machineID,
                    nodeName: identity.nodeName,
                    address: address,
                    boundID: bound.machineID,
                    boundAddress: bound.address,
                    knownAs: machineID.isEmpty
                        ? [] : Self.hosts(boundTo: machineID, except: host, in: contents.machines)
                )
            )
        }
    }

    /// Whether a machine that was refused has been accepted since. Looks into the journal at most once a second.
    func isAccepted(_ machineID: String, of host: String) -> Bool {
        contents.withLock { contents in
            if contents.readAt.duration(to: .now) >= Self.readInterval { refresh(&contents) }
            return contents.machines[host]?.machineID == machineID
        }
    }

    /// The machine-id that waits to be accepted for a host since an earlier run.
    func refusedID(of host: String) -> String? {
        contents.withLock { $0.machines[host]?.refused?.machineID }
    }

    /// Forgets the machines of hosts that are no longer configured: one that is added again is bound anew.
    func keep(only hosts: Set<String>) {
        contents.withLock { $0.machines = $0.machines.filter { hosts.contains($0.key) } }
    }

    /// What is bound but not in the journal yet stays. One that cannot be read changes nothing.
    private func refresh(_ contents: inout Contents) {
        contents.readAt = .now
        guard let stored = try? read() else { return }
        contents.machines.merge(stored) { _, stored in stored }
    }

    private static func hosts(
        boundTo machineID: String,
        except host: String,
        in machines: [String: MachineRecord]
    ) -> [String] {
        machines.values.filter { $0.machineID == machineID && $0.host != host }.map(\.host).sorted()
    }
}

/// Another machine answers than the one that the host is bound to.
struct MachineRefusal: Error, CustomStringConvertible {
    let machine: RefusedMachine

    init(_ machine: RefusedMachine) { self.machine = machine }

    var description: String { machine.sentence }
}

extension MachineRecord? {
    fileprivate func refuses(_ machineID: String) -> Bool {
        guard let self, !self.machineID.isEmpty else { return false }
        return self.machineID != machineID
    }
}

extension HostIdentity {
    /// The machine-id, or nothing where it is none: missing, or `uninitialized` as in the first moments of a new system.
    var bindingID: String {
        machineID.utf8.count == 32 && machineID.allSatisfy { $0.isASCII && $0.isHexDigit } ? machineID : ""
    }
}
