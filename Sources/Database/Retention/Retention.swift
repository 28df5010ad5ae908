import Wire

/// Takes away what is past its time: samples by whole days, as their partitions, other rows in small pieces.
struct Retention {
    /// Rows that one statement removes: what it locks is soon free again.
    private static let piece: UInt64 = 2_000

    private let connection: MySQLConnection
    private let settings: RetentionSettings
    private let isCancelled: () -> Bool

    init(_ connection: MySQLConnection, _ settings: RetentionSettings, unless isCancelled: @escaping () -> Bool) {
        self.connection = connection
        self.settings = settings
        self.isCancelled = isCancelled
    }

    // MARK: - Days of samples

    /// Drops the days that were over `keep` ago, the oldest first. Everything that is due has to be rolled up before.
    func dropDays(
        now: Timestamp,
        _ finals: FinalRollUps,
        _ outcome: inout UpkeepOutcome
    ) throws(DatabaseError) {
        let table = try SamplePartitions(connection)
        guard table.isByDays else {
            outcome.objections.append(
                """
                the table samples is not partitioned by days as metricsd does it, so it is left as it is: nothing is \
                removed from it. Remove old samples yourself, or restore the partitions with PARTITION BY RANGE \
                (TO_DAYS(collected_at)) (PARTITION p_future VALUES LESS THAN MAXVALUE)
                """
            )
            return
        }
        let limit = CalendarDay(of: now.earlier(by: settings.keep))
        for partition in table.partitions {
            guard let end = partition.end, end <= limit, !isCancelled() else { break }
            guard partition.isOfMetricsd else {
                outcome.objections.append(
                    """
                    the partition \(partition.name) of samples is not one of metricsd's, so it is left as it is, past its \
                    time. Drop it yourself when it is not needed: ALTER TABLE samples DROP PARTITION \(partition.name)
                    """
                )
                continue
            }
            try finals.move(.hourly, to: end.start)
            guard try drop(partition.name, &outcome) else { break }
        }
    }

    private func drop(_ name: String, _ outcome: inout UpkeepOutcome) throws(DatabaseError) -> Bool {
        let operation = "drop the day \(name) of samples"
        do throws(DatabaseError) {
            // Everybody who comes while the table is waited for waits behind: not longer than a second.
            let seconds = try connection.query("SELECT @@lock_wait_timeout", operation: operation).first?.first ?? nil
            try connection.execute("SET lock_wait_timeout = 1", operation: operation)
            defer {
                // A failure means that the connection is lost, and its settings with it.
                if connection.isUsable, let seconds {
                    _ = try? connection.execute("SET lock_wait_timeout = \(seconds)", operation: operation)
                }
            }
            try NamedLock.hold("partitions", connection) { () throws(DatabaseError) in
                _ = try connection.execute("ALTER TABLE samples DROP PARTITION `\(name)`", operation: operation)
            }
            outcome.droppedDays.append(name)
            return true
        } catch {
            switch error.code {
            case Self.lockWait:
                outcome.isHeldUp = true
                return false
            case Self.noPartitionToDrop, Self.unknownPartition:
                // Somebody was faster.
                return true
            default: throw error
            }
        }
    }

    /// `ER_LOCK_WAIT_TIMEOUT`
    private static let lockWait: UInt32 = 1_205
    /// `ER_DROP_PARTITION_NON_EXISTENT`
    private static let noPartitionToDrop: UInt32 = 1_507
    /// `ER_UNKNOWN_PARTITION`
    private static let unknownPartition: UInt32 = 1_735

    // MARK: - Rows

    /// Removes the rows of the other tables that are past their time.
    func removeRows(
        now: Timestamp,
        _ finals: FinalRollUps,
        _ outcome: inout UpkeepOutcome
    ) throws(DatabaseError) {
        // Whole days, so that a day's roll-up knows all of its hours or stays as it is.
        let hours = CalendarDay(of: now.earlier(by: settings.keepHourly)).start
        let days = CalendarDay(of: now.earlier(by: settings.keepDaily)).start
        try finals.move(.daily, to: hours)
        let short = now.earlier(by: settings.keep)
        let medium = now.earlier(by: settings.keepHourly)
        let long = now.earlier(by: settings.keepDaily)
        try remove("samples_hourly", "hour_start", before: hours, &outcome)
        try remove("samples_daily", "day_start", before: days, &outcome)
        try remove("command_outputs", "started_at", before: short, &outcome)
        try remove("traffic_sections", "window_start", before: short, &outcome)
        try remove("traffic", "window_start", before: medium, &outcome)
        try remove("alerts", "resolved_at", before: long, &outcome)
        try remove("log_batches", "closed_at", before: long, and: " AND removed_at IS NOT NULL", &outcome)
    }

    private func remove(
        _ table: String,
        _ column: String,
        before end: Timestamp,
        and condition: String = "",
        _ outcome: inout UpkeepOutcome
    ) throws(DatabaseError) {
        let text = StatementText(capacity: 256)
        text.append(end)
        let time = String(decoding: text.bytes, as: UTF8.self)
        var removed: UInt64 = 0
        repeat {
            if isCancelled() { return }
            removed = try connection.execute(
                "DELETE FROM \(table) WHERE \(column) < \(time)\(condition) ORDER BY \(column) LIMIT \(Self.piece)",
                operation: "remove old rows of \(table)"
            )
            if removed > 0 { outcome.removedRows[table, default: 0] += removed }
        } while removed == Self.piece
    }
}

extension Timestamp {
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds - duration.components.seconds * 1_000)
    }
}
