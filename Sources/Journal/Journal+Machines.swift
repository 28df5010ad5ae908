import GRDB
package import Wire

/// The machine that a host's rows are of: what its machine-id was when it first answered, or was last accepted.
package struct MachineRecord: Equatable, Sendable {
    package var host: String
    package var machineID: String
    package var boundAt: Timestamp
    /// Where it last answered, as numbers; empty where that is not known.
    package var address: String
    /// Another machine that answered since, and was refused.
    package var refused: Refused?

    package struct Refused: Equatable, Sendable {
        /// Empty for one without a machine-id.
        package var machineID: String
        package var address: String
        package var at: Timestamp

        package init(machineID: String, address: String, at: Timestamp) {
            self.machineID = machineID
            self.address = address
            self.at = at
        }
    }

    package init(host: String, machineID: String, boundAt: Timestamp, address: String, refused: Refused? = nil) {
        self.host = host
        self.machineID = machineID
        self.boundAt = boundAt
        self.address = address
        self.refused = refused
    }
}

/// What became of the machine behind a host, for a group.
package enum MachineStep: Equatable, Sendable {
    /// The one that answers is the host's. It is bound unless another one is, which `metricsd host accept` may have
    /// changed meanwhile: that counts.
    case answered(host: String, machineID: String, address: String, at: Timestamp)
    case refused(host: String, MachineRecord.Refused)
}

/// What `metricsd host accept` did.
package enum MachineAcceptance: Equatable, Sendable {
    /// The host is bound to the machine that was refused; with an empty machine-id to none, until one answers.
    case accepted(former: String, now: MachineRecord)
    /// No other machine was refused since the one that is bound last answered.
    case nothingRefused(MachineRecord)
    /// No machine with a machine-id has answered yet.
    case notBound
}

extension Journal {
    /// Every host's machine, by the host's name.
    package func machines() throws(JournalError) -> [String: MachineRecord] {
        try read("read") { database in
            let rows = try Row.fetchAll(database, sql: "SELECT \(Journal.machineColumns) FROM machines")
            return Dictionary(uniqueKeysWithValues: rows.map(Journal.machine).map { ($0.host, $0) })
        }
    }

    /// Binds a host to the machine that was refused last. A running metricsd looks here before it refuses one again.
    package func acceptMachine(of host: String, at now: Timestamp) throws(JournalError) -> MachineAcceptance {
        try write("write to") { database in
            let found = try Row.fetchOne(
                database,
                sql: "SELECT \(Journal.machineColumns) FROM machines WHERE host = ?",
                arguments: [host]
            )
            guard let row = found else { return .notBound }
            var machine = Journal.machine(row)
            guard let refused = machine.refused else { return .nothingRefused(machine) }
            let former = machine.machineID
            machine.machineID = refused.machineID
            machine.boundAt = now
            machine.address = refused.address
            machine.refused = nil
            try database.execute(
                sql: """
                    UPDATE machines SET machine_id = ?, bound_at = ?, address = ?, seen_id = NULL, seen_address = NULL,
                        seen_at = NULL WHERE host = ?
                    """,
                arguments: [machine.machineID, now.milliseconds, machine.address, host]
            )
            return .accepted(former: former, now: machine)
        }
    }

    static func save(_ step: MachineStep, in database: GRDB.Database) throws {
        switch step {
        case .answered(let host, let machineID, let address, let at):
            try database.cachedStatement(
                sql: """
                    INSERT INTO machines (host, machine_id, bound_at, address) VALUES (?, ?, ?, ?)
                    ON CONFLICT (host) DO UPDATE SET machine_id = excluded.machine_id,
                        bound_at = CASE machine_id WHEN '' THEN excluded.bound_at ELSE bound_at END,
                        address = excluded.address, seen_id = NULL, seen_address = NULL, seen_at = NULL
                        WHERE machine_id IN ('', excluded.machine_id)
                    """
            ).execute(arguments: [host, machineID, at.milliseconds, address])
        case .refused(let host, let refused):
            try database.cachedStatement(
                sql: """
                    UPDATE machines SET seen_id = ?, seen_address = ?, seen_at = ? WHERE host = ? AND machine_id <> ?
                    """
            ).execute(arguments: [
                refused.machineID, refused.address, refused.at.milliseconds, host, refused.machineID,
            ])
        }
    }

    /// Forgets the machines of hosts that are no longer configured: one that is added again is bound anew.
    static func removeMachines(except hosts: Set<String>, from database: GRDB.Database) throws {
        for host in try String.fetchAll(database, sql: "SELECT host FROM machines") where !hosts.contains(host) {
            try database.execute(sql: "DELETE FROM machines WHERE host = ?", arguments: [host])
        }
    }

    private static let machineColumns = "host, machine_id, bound_at, address, seen_id, seen_address, seen_at"

    private static func machine(_ row: Row) -> MachineRecord {
        var machine = MachineRecord(
            host: row[0],
            machineID: row[1],
            boundAt: Timestamp(milliseconds: row[2]),
            address: row[3]
        )
        if let seen = row[4] as String? {
            machine.refused = .init(
                machineID: seen,
                address: row[5] ?? "",
                at: Timestamp(milliseconds: row[6] ?? 0)
            )
        }
        return machine
    }
}
