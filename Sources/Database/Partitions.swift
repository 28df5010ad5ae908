package import Wire

/// The daily partitions of `samples`: one for each day up to a week ahead, and a last one for whatever is later.
///
/// A partition is named after its day (`p20261120`) and ends with it; the first one also has all that is older.
package enum Partitions {
    package static let daysAhead = 7

    /// Splits the days up to `daysAhead` after `now` off the last partition of `samples`, where they are missing.
    ///
    /// Rows that lie in the last partition (of hosts whose clocks are ahead, or of months without partitions) are rewritten
    /// by that, and `samples` takes no others meanwhile. Where they are many it is announced before, and may take an hour.
    ///
    /// Blocks; waits for statements that use the table, at most for half of the settings' statement timeout. Call it at
    /// the start and every few hours. A table that somebody partitioned otherwise, or not at all, is left as it is.
    /// - Parameters:
    ///   - many: from how many rows on they are announced.
    ///   - announce: takes a sentence for the log.
    /// - Returns: how many partitions were added.
    @discardableResult
    @available(*, noasync)
    package static func extend(
        _ connection: MySQLConnection,
        now: Timestamp,
        many: Int = 500_000,
        announce: (String) -> Void = { _ in }
    ) throws(DatabaseError) -> Int {
        if try missingDays(connection, now).isEmpty { return 0 }
        return try NamedLock.hold("partitions", connection) { () throws(DatabaseError) -> Int in
            // Another program may have been faster.
            let days = try missingDays(connection, now)
            if days.isEmpty { return 0 }
            let partitions = days.map { day in
                "PARTITION p\(day.compactText) VALUES LESS THAN (\(day.advanced(by: 1).toDays))"
            }
            let patient = try hasMany(connection, many) ? patientConnection(connection, many, announce) : connection
            try patient.execute(
                """
                ALTER TABLE samples REORGANIZE PARTITION p_future INTO (\(partitions.joined(separator: ", ")), \
                PARTITION p_future VALUES LESS THAN MAXVALUE)
                """,
                operation: operation
            )
            return days.count
        }
    }

    private static let operation = "make the partitions of the next days"

    private static func hasMany(_ connection: MySQLConnection, _ many: Int) throws(DatabaseError) -> Bool {
        let rows = try connection.query(
            "SELECT COUNT(*) FROM (SELECT 1 FROM samples PARTITION (p_future) LIMIT \(many)) counted",
            operation: operation
        )
        return rows.first?.first == "\(many)"
    }

    /// One that waits for the end of a long statement, but not longer than others for the table.
    private static func patientConnection(
        _ connection: MySQLConnection,
        _ many: Int,
        _ announce: (String) -> Void
    ) throws(DatabaseError) -> MySQLConnection {
        announce(
            """
            the last partition of samples has \(many) rows or more. They are moved into partitions of their days now, which \
            rewrites them; no samples are stored meanwhile, for some seconds per million rows. They wait in the journal.
            """
        )
        var settings = connection.settings
        settings.statementTimeout = .seconds(3_600)
        let patient = try MySQLConnection(settings)
        let seconds = max(1, connection.settings.statementTimeout.components.seconds / 2)
        try patient.execute("SET lock_wait_timeout = \(seconds)", operation: operation)
        return patient
    }

    private static func missingDays(
        _ connection: MySQLConnection,
        _ now: Timestamp
    ) throws(DatabaseError) -> [CalendarDay] {
        let rows = try connection.query(
            """
            SELECT PARTITION_NAME, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS \
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'samples' ORDER BY PARTITION_ORDINAL_POSITION
            """,
            operation: operation
        )
        guard rows.last?[0] == "p_future" else { return [] }
        let end = rows.dropLast().last?[1].flatMap { Int64($0) }.map { CalendarDay(toDays: $0) }
        let today = CalendarDay(of: now)
        let last = today.advanced(by: Int64(daysAhead))
        // Yesterday too, for what was measured before midnight. After a long break its days share one partition.
        var day = max(end ?? today.advanced(by: -1), today.advanced(by: -1))
        var days: [CalendarDay] = []
        while day <= last {
            days.append(day)
            day = day.advanced(by: 1)
        }
        return days
    }
}
