import Configuration
import Foundation
import Journal
import LogBatches
import Logging
import SSH
import Wire

/// Reading the configuration again while everything runs.
///
/// The file is read and checked whole before anything is touched: a broken one changes nothing. Then the threads of hosts
/// that are gone or changed end, what they said last is recorded, the recorder takes the new hosts, and their threads begin.
/// Those of hosts that are as they were never notice, and neither do drains whose settings are the same.
extension Monitoring {
    /// For a host's thread to end. Its waits end at once; unlocking a key or reading a file from a dead server does not.
    private static let hostEnd = Duration.seconds(30)

    /// Blocks, seconds at most, unless the journal's disk is full: until there is room again then.
    ///
    /// - Parameter isStopped: asked while it blocks; whether all is to end anyway.
    @discardableResult
    package func reload(unless isStopped: () -> Bool = { false }) -> ReloadOutcome {
        beginReload()
        var outcome = blankReload
        do {
            let new = try ServerConfiguration.load(configuration.file)
            for warning in new.warnings { logger.warning("\(warning)") }
            try apply(new, telling: &outcome, unless: isStopped)
        } catch let errors as ConfigurationErrors {
            for diagnostic in errors.diagnostics { logger.error("\(diagnostic)") }
            let count = errors.diagnostics.count { $0.severity == .error }
            outcome.problem =
                "\(configuration.file) has \(count) \(count == 1 ? "error" : "errors"), and nothing was changed. Mend "
                + "it (`metricsd check` shows what is wrong), then reload again."
        } catch {
            outcome.problem = "The reload was broken off: \(error) Restart metricsd once that is mended."
        }
        logger.log(level: outcome.problem == nil ? .notice : .error, "\(outcome.sentence)")
        tell(outcome)
        return outcome
    }

    /// What `metricsd reload` looks for: that this metricsd knows how to, and how often it did.
    func tellReloads() {
        tell(blankReload)
    }

    /// Before the file is read: who changes it later and asks for a reload means the next one.
    private func beginReload() {
        reloads += 1
        lastReload.begun = reloads
        tell(lastReload)
    }

    /// Of one that did nothing yet.
    var blankReload: ReloadOutcome {
        let path = URL(fileURLWithPath: configuration.file).standardizedFileURL.path
        return ReloadOutcome(processIdentifier: getpid(), number: reloads, file: path, at: .now)
    }

    private func tell(_ outcome: ReloadOutcome) {
        lastReload = outcome
        do {
            try journal.setMetadata(.lastReload, to: String(decoding: JSONEncoder().encode(outcome), as: UTF8.self))
        } catch {
            logger.warning("`metricsd reload` cannot be answered: \(error)")
        }
    }

    // MARK: Steps

    private func apply(
        _ new: ServerConfiguration,
        telling outcome: inout ReloadOutcome,
        unless isStopped: () -> Bool
    ) throws {
        guard new.stateDirectory == configuration.stateDirectory else {
            outcome.problem =
                "The state directory was \(configuration.stateDirectory) and is \(new.stateDirectory) now, which takes a "
                + "restart; nothing was changed."
            return
        }
        let change = HostChange(from: hosts.running, to: new.watched)
        // Bastions come and go with their hosts.
        let bastions = Set((configuration.bastions + new.bastions).map(\.name))
        outcome.added = change.added.filter { !bastions.contains($0) }
        outcome.changed = change.changed.filter { !bastions.contains($0) }
        outcome.removed = change.removed.filter { !bastions.contains($0) }

        hosts.interrupt(change.ending)
        hosts.join(change.ending, until: .now + Self.hostEnd, unless: isStopped)
        guard !isStopped() else { return }
        configuration = new
        for adopted in change.adopted { hosts.adopt(adopted.settings, number: adopted.number) }
        let numbered = new.watched.map { settings in
            (number: change.number(of: settings.name) ?? hosts.takeNumber(), settings: settings)
        }
        guard record(numbered, new, unless: isStopped) else { return }

        let names = Set(new.watched.map(\.name))
        surroundings?.machines.keep(only: names)
        budget.budget = new.maxDisk
        do {
            try journal.removeHostStates(except: names)
            try forgetFormerLogs()
            try endBatches(except: Set(new.stores.keys))
        } catch {
            // Whatever became of hosts that are gone: the others are to be monitored.
            outcome.problem = "What is left of hosts and logs that are gone could not be put in order: \(error)"
        }
        let begun = numbered.filter { hosts.running($0.settings.name)?.number != $0.number }
        try begin(begun, telling: &outcome)
        try renewDrains(telling: &outcome)
    }

    /// Hands the hosts to the recorder, and waits until all that came before is in the journal. False when all is to end.
    private func record(
        _ hosts: [(number: Int, settings: HostSettings)],
        _ new: ServerConfiguration,
        unless isStopped: () -> Bool
    ) -> Bool {
        let isRecorded = WakeUp()
        mailbox.post(
            Reconfiguration(
                hosts: hosts.map { Reconfiguration.Host(number: $0.number, settings: $0.settings) },
                service: { Self.recordedService(of: new, restored: $0) },
                sendsMail: new.smtp != nil,
                whenRecorded: isRecorded.ring
            )
        )
        while !isRecorded.wait(until: .now + .milliseconds(250)) {
            if isStopped() { return false }
        }
        return true
    }

    private func begin(
        _ begun: [(number: Int, settings: HostSettings)],
        telling outcome: inout ReloadOutcome
    ) throws {
        guard !begun.isEmpty else { return }
        let logs = try storedLogs(of: Set(begun.map(\.settings.name)))
        let storage = try configuration.stores.isEmpty ? nil : logStorage(open: journal.openBatches())
        for host in begun {
            let name = host.settings.name
            if hosts.hangs(name) {
                let text =
                    "\(name): its former thread hangs and does not end, so it is not monitored. Reload once more in a "
                    + "minute, or restart metricsd."
                mailbox.post(
                    HostReport(
                        host: host.number,
                        at: .now,
                        event: .failed(HostFailure(state: .unreachable, message: text))
                    )
                )
                outcome.problem = text
                continue
            }
            try startHost(host.settings, number: host.number, logs: logs.byHost[name] ?? [:], storage: storage)
        }
    }

    private func renewDrains(telling outcome: inout ReloadOutcome) throws {
        let settings = try drainSettings()
        let running = Dictionary(uniqueKeysWithValues: drains.map { ($0.name, $0.settings) })
        let ending = Set(running.filter { settings[$0.key] != $0.value }.keys)
        outcome.restarted = Set(settings.filter { running[$0.key] != $0.value }.keys).sorted().map(\.description)
        endDrains(where: ending.contains, by: .now + Self.shutdownGrace, patience: Self.drainEnd)
        try startDrains()
        let hanging = ending.filter { settings[$0] != nil && hangs($0) }.sorted().map(\.description)
        if !hanging.isEmpty {
            outcome.problem =
                "What carried \(hanging.joined(separator: ", ")) hangs and does not end, so nothing else does. Reload once "
                + "more in a minute, or restart metricsd."
        }
        if !ending.isEmpty { try tellUnknownDeliveries() }
    }

    /// Closes what was open of logs that are no longer stored, so that it is delivered.
    private func endBatches(except stored: Set<LogName>) throws {
        let open = try journal.openBatches().filter { !stored.contains(LogName(host: $0.host, log: $0.log)) }
        guard !open.isEmpty else { return }
        let folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        report(try BatchRecovery.end(open, in: folder, now: .now))
    }
}
