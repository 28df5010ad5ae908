import Wire

extension DatabaseWriter {
    // MARK: - Hosts

    func storeHosts(_ rows: [HostRow]) throws(DatabaseError) {
        if rows.isEmpty { return }
        // One row a host, however many polls the batch is made of.
        var merged: [UInt32: HostRow] = [:]
        var order: [UInt32] = []
        for row in rows {
            guard let number = hostNumber(row.name) else { continue }
            if let earlier = merged[number] {
                merged[number] = row.over(earlier)
            } else {
                merged[number] = row
                order.append(number)
            }
        }
        // With the number given, rows that exist use up no new ones.
        var insert = MultiRowInsert(
            connection,
            text,
            head: """
                INSERT INTO hosts (host_id, name, address, port, state, machine_id, kernel, architecture, last_seen, \
                last_error, clock_skew_ms) VALUES\u{20}
                """,
            tail: """
                 ON DUPLICATE KEY UPDATE name = VALUES(name), address = VALUES(address), \
                port = COALESCE(NULLIF(VALUES(port), 0), port), \
                state = VALUES(state), machine_id = COALESCE(VALUES(machine_id), machine_id), \
                kernel = COALESCE(VALUES(kernel), kernel), \
                architecture = COALESCE(VALUES(architecture), architecture), \
                last_seen = COALESCE(VALUES(last_seen), last_seen), \
                last_error = NULLIF(COALESCE(VALUES(last_error), last_error), ''), \
                clock_skew_ms = COALESCE(VALUES(clock_skew_ms), clock_skew_ms)
                """,
            operation: "write hosts"
        )
        // In the order of the primary key, so that two programs lock in the same order.
        for number in order.sorted() {
            guard let row = merged[number] else { continue }
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            text.append(Int64(number))
            separate()
            text.append(quoted: DatabaseWriter.hostName(row.name).text)
            separate()
            text.append(quoted: ShortText.prefix(of: row.address, 255))
            separate()
            text.append(Int64(row.port))
            separate()
            text.append(quoted: row.state.rawValue)
            separate()
            text.append(quoted: row.machineID.map { ShortText.prefix(of: $0, 64) })
            separate()
            text.append(quoted: row.kernel.map { ShortText.prefix(of: $0, 255) })
            separate()
            text.append(quoted: row.architecture.map { ShortText.prefix(of: $0, 64) })
            separate()
            append(row.lastSeen)
            separate()
            text.append(quoted: row.lastError.map { ShortText.prefix(of: $0, DatabaseWriter.sentenceLimit) })
            separate()
            if let skew = row.clockSkewMilliseconds { text.append(skew) } else { text.append("NULL") }
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }

    /// Of `last_error` and `reason`: TEXT has 65,535 bytes, and a character at most four.
    static let sentenceLimit = 16_000

    // MARK: - Alerts

    func storeAlerts(_ rows: [AlertRow]) throws(DatabaseError) {
        if rows.isEmpty { return }
        var insert = MultiRowInsert(
            connection,
            text,
            head: """
                INSERT INTO alerts (alert_id, host, type, instance, severity, comparison, threshold, unit, value, \
                peak, opened_at, resolved_at, reason) VALUES\u{20}
                """,
            tail: """
                 ON DUPLICATE KEY UPDATE severity = VALUES(severity), comparison = VALUES(comparison), \
                threshold = VALUES(threshold), unit = VALUES(unit), value = VALUES(value), peak = VALUES(peak), \
                opened_at = VALUES(opened_at), resolved_at = VALUES(resolved_at), reason = VALUES(reason)
                """,
            operation: "write alerts"
        )
        for row in rows {
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            text.append(quoted: ShortText.name(of: row.alertID, 40))
            separate()
            text.append(quoted: DatabaseWriter.hostName(row.host).text)
            separate()
            text.append(quoted: ShortText.name(of: row.type, SeriesCatalog.metricLimit))
            separate()
            text.append(quoted: ShortText.name(of: row.instance, SeriesCatalog.instanceLimit))
            separate()
            text.append(quoted: row.severity.rawValue)
            separate()
            text.append(quoted: row.comparison?.rawValue)
            separate()
            append(row.threshold)
            separate()
            text.append(quoted: ShortText.prefix(of: row.unit, 32))
            separate()
            append(row.value)
            separate()
            append(row.peak)
            separate()
            text.append(row.openedAt)
            separate()
            append(row.resolvedAt)
            separate()
            text.append(quoted: row.reason.map { ShortText.prefix(of: $0, DatabaseWriter.sentenceLimit) })
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }

    // MARK: - Command outputs

    func storeCommandOutputs(_ rows: [CommandOutputRow]) throws(DatabaseError) {
        if rows.isEmpty { return }
        // Escaping may double it, and MEDIUMTEXT ends at 16 MiB.
        let maximumBytes = min(8 << 20, connection.maximumPacketBytes / 2 - 4_096)
        var insert = MultiRowInsert(
            connection,
            text,
            head: """
                INSERT INTO command_outputs (host_id, command, started_at, duration_ms, ending, exit_status, output, \
                is_truncated) VALUES\u{20}
                """,
            tail: """
                 ON DUPLICATE KEY UPDATE duration_ms = VALUES(duration_ms), ending = VALUES(ending), \
                exit_status = VALUES(exit_status), output = VALUES(output), is_truncated = VALUES(is_truncated)
                """,
            operation: "write command outputs"
        )
        for row in rows {
            guard let number = hostNumber(row.host) else { continue }
            let output = ShortText.repaired(row.output, maximumBytes: maximumBytes)
            // A long one goes alone, so that no statement outgrows the server's limit.
            if output.text.utf8.count > maximumBytes / 4 { try insert.finish() }
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            text.append(Int64(number))
            separate()
            text.append(quoted: ShortText.name(of: row.command, SeriesCatalog.metricLimit))
            separate()
            text.append(row.startedAt)
            separate()
            text.append(Int64(row.durationMilliseconds))
            separate()
            text.append(quoted: row.ending.columnValue)
            separate()
            text.append(Int64(row.status))
            separate()
            text.append(quoted: output.text)
            separate()
            text.append(row.isTruncated || output.isCut ? "TRUE" : "FALSE")
            text.append(UInt8(ascii: ")"))
            if output.text.utf8.count > maximumBytes / 4 { try insert.finish() }
        }
        try insert.finish()
    }

    // MARK: - Pieces

    func separate() {
        text.append(UInt8(ascii: ","))
    }

    func append(_ time: Timestamp?) {
        if let time { text.append(time) } else { text.append("NULL") }
    }

    private func append(_ value: Double?) {
        if let value { text.append(value) } else { text.append("NULL") }
    }
}

extension HostRow {
    /// This row, and the earlier one's facts where this one has none.
    fileprivate func over(_ earlier: HostRow) -> HostRow {
        var row = self
        row.machineID = machineID ?? earlier.machineID
        row.kernel = kernel ?? earlier.kernel
        row.architecture = architecture ?? earlier.architecture
        row.lastSeen = lastSeen ?? earlier.lastSeen
        row.lastError = lastError ?? earlier.lastError
        row.clockSkewMilliseconds = clockSkewMilliseconds ?? earlier.clockSkewMilliseconds
        return row
    }
}

extension CommandResult.Ending {
    fileprivate var columnValue: String {
        switch self {
        case .exited: "exited"
        case .signaled: "signaled"
        case .timedOut: "timed_out"
        case .notStarted: "not_started"
        }
    }
}
