import Alerts
package import Configuration
import Glibc
import Probe
import SSH
package import Wire

/// One poll of one host, everything in it, nothing stored: `metricsd poll`.
package struct HostPoll: Sendable {
    /// A value with its names, for people and programs.
    package struct Reading: Equatable, Sendable {
        package var metric: String
        package var instance: String
        package var value: Double
        package var unit: String
        package var description: String
    }

    package var host: String
    package var address: String
    package var identity: HostIdentity
    package var collectedAt: Timestamp
    package var readings: [Reading]
    package var failures: [CollectorFailure]
    /// Another machine answered than the one that the host's rows are of, which records nothing then: what that means, and
    /// the mend.
    package private(set) var warning: String?

    /// Connects, polls once with every command, and waits for the commands. Blocks.
    ///
    /// - Throws: an error whose description says host, step, cause and mend.
    package init(_ settings: HostSettings, in configuration: ServerConfiguration) throws {
        let plan = CollectionPlan(settings)
        let used = Set(settings.target.jumps.map(\.name))
        let errand = try ErrandBastions(configuration.bastions.filter { used.contains($0.name) })
        defer { errand.end() }
        let connection = try HostConnection(
            to: settings,
            plan: plan,
            probes: try ProbeFiles(),
            interrupt: Interrupt(),
            gate: HandshakeGate(total: 1, perAddress: 1),
            bastion: errand.bastions.bastion(before: settings.target)
        )
        defer { connection.close() }
        host = settings.name
        address = connection.address
        identity = connection.identity
        do {
            try MachineBindings(reading: configuration).check(identity, of: host, at: address)
        } catch {
            warning = "\(error)"
        }
        var snapshots: [Snapshot] = []
        try connection.pollEverything { snapshot, _ in snapshots.append(snapshot) }
        collectedAt = snapshots[0].collectedAt
        failures = snapshots[0].failures
        var samples = snapshots[0].samples
        let results = snapshots.flatMap(\.commandResults)
        var numbering = MetricNumbering()
        let recorded = RecordedHost(settings, numbering: &numbering)
        failures += results.compactMap { result in
            let place = Int(result.command)
            guard place < settings.commands.count, let reason = Self.failure(result) else { return nil }
            return CollectorFailure(collector: settings.commands[place].name, reason: reason)
        }
        samples += results.compactMap { recorded.reading(of: $0)?.samples }.joined()
        readings = samples.map { sample in
            let number = Int(sample.metric)
            guard number < plan.metrics.count,
                let definition = MetricCatalog.definition(forSelector: plan.metrics[number])
            else {
                let command = settings.commands[number - plan.metrics.count]
                return Reading(
                    metric: command.name,
                    instance: sample.instance,
                    value: sample.value,
                    unit: "",
                    description: "First number printed by the command \(command.name)."
                )
            }
            return Reading(
                metric: definition.name,
                instance: sample.instance,
                value: sample.value,
                unit: definition.unit,
                description: definition.description
            )
        }
    }

    /// Why a command gave no value.
    private static func failure(_ result: Wire.CommandResult) -> String? {
        switch result.ending {
        case .exited: nil
        case .timedOut: "ended after its timeout, \(result.durationMilliseconds) ms"
        case .signaled: "ended by signal \(result.status)"
        case .notStarted where result.isForbidden: RestrictedKeyText.command
        case .notStarted: "not started: \(String(cString: strerror(result.status)))"
        }
    }
}
