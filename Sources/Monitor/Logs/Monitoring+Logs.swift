import Configuration
import Journal
import Logging
import Wire

extension Monitoring {
    /// What the journal has of the configured logs; that of all others is forgotten.
    ///
    /// A state that cannot be read is told of: the log is then taken up as if it had never been followed.
    /// - Parameter hosts: whose states are read; nil for those of all.
    func storedLogs(
        of hosts: Set<String>? = nil
    ) throws -> (byHost: [String: [String: StoredLog]], statuses: [LogName: LogStatusRecord]) {
        try forgetFormerLogs()
        var byHost: [String: [String: StoredLog]] = [:]
        var statuses: [LogName: LogStatusRecord] = [:]
        for stored in try journal.logStates() where hosts?.contains(stored.name.host) ?? true {
            statuses[stored.name] = stored.status
            let windows = try journal.logWindows(of: stored.name)
            do throws(WireError) {
                byHost[stored.name.host, default: [:]][stored.name.log] = try StoredLog(
                    decoding: stored.state,
                    windows: windows
                )
            } catch {
                logger.error(
                    """
                    \(stored.name.host): log \(stored.name.log): what the journal has of it cannot be read (\(error.fact)). \
                    It is taken up anew where 'start' of <log> says, so lines may be missing or counted twice.
                    """
                )
            }
        }
        return (byHost, statuses)
    }

    /// One that is configured again later is taken up anew.
    func forgetFormerLogs() throws {
        let names = Set(
            configuration.hosts.flatMap { host in host.logs.map { LogName(host: host.name, log: $0.name) } }
        )
        try journal.removeLogStates(except: names.subtracting(try movedLogs()))
    }

    /// Those whose path was changed: cursors of another file say nothing of this one.
    private func movedLogs() throws -> [LogName] {
        let followed = try journal.logStatuses()
        return configuration.hosts.flatMap { host in
            host.logs.compactMap { log in
                let name = LogName(host: host.name, log: log.name)
                guard let former = followed[name]?.path, former != log.path else { return nil }
                logger.notice(
                    """
                    \(host.name): log \(log.name): its path was \(former) and is \(log.path) now; it is taken up anew \
                    where 'start' of <log> says
                    """
                )
                return name
            }
        }
    }
}
