package import Wire

/// What a configured command printed on a host, run by run, as it is in `command_outputs`.
package struct StoredOutput: Equatable, Sendable {
    /// By the host's clock.
    package var startedAt: Timestamp
    package var output: [UInt8]
}

/// A host on which a command ran.
package struct CommandHost: Equatable, Sendable {
    package var name: String
    package var hostID: Int64
    /// Its clock minus ours, as last measured.
    package var clockSkewMilliseconds: Int64
    /// By the host's clock.
    package var newestAt: Timestamp
}

/// Reads the outputs of commands from the database, a few runs at a time, however many there are.
///
/// Belongs to one thread; calls block for the database, at most for the settings' timeouts.
package final class CommandOutputReader {
    private let connection: MySQLConnection
    /// An output has up to a megabyte.
    private static let runsAtOnce: Int64 = 8

    @available(*, noasync)
    package init(_ settings: DatabaseSettings) throws(DatabaseError) {
        connection = try MySQLConnection(settings)
    }

    /// The hosts on which the command ever ran, by name.
    @available(*, noasync)
    package func hosts(of command: String) throws(DatabaseError) -> [CommandHost] {
        let statement = StatementText(capacity: 1 << 10)
        statement.append("SELECT h.name, h.host_id, COALESCE(h.clock_skew_ms, 0), ")
        statement.append("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', MAX(o.started_at)) DIV 1000 ")
        statement.append("FROM command_outputs o JOIN hosts h ON h.host_id = o.host_id WHERE o.command = ")
        statement.append(quoted: command)
        statement.append(" GROUP BY h.name, h.host_id, h.clock_skew_ms ORDER BY h.name")
        var hosts: [CommandHost] = []
        try connection.query(statement.bytes, operation: "read the hosts of a command") { row in
            guard let name = row.text(0), let id = row.integer(1), let newest = row.integer(3) else { return }
            hosts.append(
                CommandHost(
                    name: name,
                    hostID: id,
                    clockSkewMilliseconds: row.integer(2) ?? 0,
                    newestAt: Timestamp(milliseconds: newest)
                )
            )
        }
        return hosts
    }

    /// The next runs of the command on a host, oldest first; empty when there are no more.
    ///
    /// - Parameters:
    ///   - after: the last that is known; the times are by the host's clock.
    ///   - before: runs of it and later are left out.
    @available(*, noasync)
    package func outputs(
        of command: String,
        on host: CommandHost,
        after: Timestamp?,
        before: Timestamp?
    ) throws(DatabaseError) -> [StoredOutput] {
        let statement = StatementText(capacity: 1 << 10)
        statement.append("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', started_at) DIV 1000, output ")
        statement.append("FROM command_outputs WHERE host_id = ")
        statement.append(host.hostID)
        statement.append(" AND command = ")
        statement.append(quoted: command)
        if let after {
            statement.append(" AND started_at > ")
            statement.append(after)
        }
        if let before {
            statement.append(" AND started_at < ")
            statement.append(before)
        }
        statement.append(" ORDER BY started_at LIMIT ")
        statement.append(Self.runsAtOnce)
        var outputs: [StoredOutput] = []
        try connection.query(statement.bytes, operation: "read the outputs of a command") { row in
            guard let startedAt = row.integer(0), let output = row.bytes(1) else { return }
            outputs.append(StoredOutput(startedAt: Timestamp(milliseconds: startedAt), output: Array(output)))
        }
        return outputs
    }
}
