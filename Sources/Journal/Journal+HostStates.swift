import GRDB
package import Wire

/// How a host stands, as `status` shows it without the database.
package struct HostState: Equatable, Sendable {
    package enum Reachability: String, Sendable {
        /// Not polled yet.
        case unknown
        case up
        case unreachable
        /// It answers, and lets nobody in: authentication or host key.
        case refused
    }

    package var host: String
    package var address: String
    package var state: Reachability
    /// When it last answered a poll.
    package var lastSeen: Timestamp?
    package var lastError: String?
    package var machineID: String
    package var kernel: String
    package var architecture: String
    package var cpuPercent: Double?
    package var memoryPercent: Double?
    /// Of the fullest mount.
    package var diskPercent: Double?
    package var updatedAt: Timestamp

    package init(
        host: String,
        address: String,
        state: Reachability,
        lastSeen: Timestamp? = nil,
        lastError: String? = nil,
        machineID: String = "",
        kernel: String = "",
        architecture: String = "",
        cpuPercent: Double? = nil,
        memoryPercent: Double? = nil,
        diskPercent: Double? = nil,
        updatedAt: Timestamp
    ) {
        self.host = host
        self.address = address
        self.state = state
        self.lastSeen = lastSeen
        self.lastError = lastError
        self.machineID = machineID
        self.kernel = kernel
        self.architecture = architecture
        self.cpuPercent = cpuPercent
        self.memoryPercent = memoryPercent
        self.diskPercent = diskPercent
        self.updatedAt = updatedAt
    }
}

extension Journal {
    static func save(_ state: HostState, in database: GRDB.Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO host_states (\(hostStateColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            state.host, state.address, state.state.rawValue, state.lastSeen?.milliseconds, state.lastError,
            state.machineID, state.kernel, state.architecture, state.cpuPercent, state.memoryPercent,
            state.diskPercent, state.updatedAt.milliseconds,
        ])
    }

    /// By name.
    package func hostStates() throws(JournalError) -> [HostState] {
        try read("read") { database in
            try Row.fetchAll(database, sql: "SELECT \(Journal.hostStateColumns) FROM host_states ORDER BY host")
                .map { row in
                    HostState(
                        host: row[0],
                        address: row[1],
                        state: HostState.Reachability(rawValue: row[2]) ?? .unknown,
                        lastSeen: (row[3] as Int64?).map { Timestamp(milliseconds: $0) },
                        lastError: row[4],
                        machineID: row[5],
                        kernel: row[6],
                        architecture: row[7],
                        cpuPercent: row[8],
                        memoryPercent: row[9],
                        diskPercent: row[10],
                        updatedAt: Timestamp(milliseconds: row[11])
                    )
                }
        }
    }

    /// Forgets the hosts that are no longer configured.
    package func removeHostStates(except hosts: Set<String>) throws(JournalError) {
        try writeFromReserve("prune") { database in
            for host in try String.fetchAll(database, sql: "SELECT host FROM host_states") where !hosts.contains(host) {
                try database.execute(sql: "DELETE FROM host_states WHERE host = ?", arguments: [host])
            }
            try Journal.removeMachines(except: hosts, from: database)
        }
    }

    private static let hostStateColumns = """
        host, address, state, last_seen, last_error, machine_id, kernel, architecture, cpu_percent, memory_percent,
        disk_percent, updated_at
        """
}
