import GRDB
package import LogBatches
package import Wire

/// What a delivery has still to carry.
package struct DeliveryBacklog: Equatable, Sendable {
    /// Tried several times in vain.
    package var failedBatches: Int
    /// All that are to be delivered, the failed ones included.
    package var waitingBatches: Int
    /// Of all that are not delivered.
    package var waitingBytes: UInt64
    package var oldestClosedAt: Timestamp?
    /// Their files are not what was written, which is told by itself: no receiver can mend that.
    package var alteredBatches = 0
}

extension Journal {
    private static let isUndelivered = "delivery = ? AND delivery IS NOT NULL AND state IN ('closed', 'failed')"

    /// Closed or failed batches whose next try has come, the oldest first.
    ///
    /// - Parameters:
    ///   - longestRetry: no try is put off for longer; one that seems to be was planned before the clock was set back.
    ///   - withFailed: whether those that failed are among them.
    ///   - except: ids that are being carried.
    package func dueDeliveries(
        of delivery: String,
        now: Timestamp,
        limit: Int,
        longestRetry: Duration = .seconds(7 * 86_400),
        withFailed: Bool = true,
        except: Set<Int64> = []
    ) throws(JournalError) -> [LogBatch] {
        try read("read the batches of") { database in
            // All of it is in the index: those that are not due cost no look at their rows.
            let due = try Int64.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM batches WHERE \(Journal.isUndelivered)
                            AND (next_attempt_at IS NULL OR next_attempt_at <= ? OR next_attempt_at > ?)
                            AND (state = 'closed' OR ?)
                        ORDER BY closed_at, id
                        """
                ),
                arguments: [delivery, now.milliseconds, now.milliseconds + longestRetry.milliseconds, withFailed]
            )
            var ids: [Int64] = []
            while ids.count < limit, let id = try due.next() {
                if !except.contains(id) { ids.append(id) }
            }
            let select = try database.cachedStatement(sql: "SELECT \(BatchColumns.all) FROM batches WHERE id = ?")
            return try ids.compactMap { try Row.fetchOne(select, arguments: [$0]).map(LogBatch.init) }
        }
    }

    /// When the next of those that are not due now is to be tried.
    package func nextDelivery(of delivery: String) throws(JournalError) -> Timestamp? {
        try read("read") { database in
            try Int64.fetchOne(
                database.cachedStatement(
                    sql: "SELECT MIN(COALESCE(next_attempt_at, 0)) FROM batches WHERE \(Journal.isUndelivered)"
                ),
                arguments: [delivery]
            ).map { Timestamp(milliseconds: $0) }
        }
    }

    package func deliveryBacklog(of delivery: String) throws(JournalError) -> DeliveryBacklog {
        try read("read") { database in
            let oldest = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT MIN(closed_at) FROM batches WHERE \(Journal.isUndelivered)"),
                arguments: [delivery]
            )
            var backlog = DeliveryBacklog(
                failedBatches: 0,
                waitingBatches: 0,
                waitingBytes: 0,
                oldestClosedAt: oldest.map { Timestamp(milliseconds: $0) }
            )
            let totals = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT state, file_count, byte_count FROM batch_totals
                        WHERE delivery = ? AND state IN ('closed', 'failed')
                        """
                ),
                arguments: [delivery]
            )
            while let row = try totals.next() {
                let count: Int = row[1]
                if (row[0] as String) == LogBatch.State.failed.rawValue { backlog.failedBatches = count }
                backlog.waitingBatches += count
                backlog.waitingBytes += UInt64(clamping: row[2] as Int64)
            }
            guard backlog.failedBatches > 0 else { return backlog }
            backlog.alteredBatches =
                try Int.fetchOne(
                    database.cachedStatement(
                        sql: """
                            SELECT COUNT(*) FROM batches
                            WHERE \(Journal.isUndelivered) AND last_error IS NOT NULL AND state = 'failed'
                                AND instr(last_error, ?) > 0
                            """
                    ),
                    arguments: [delivery, BatchError.alteredMend]
                ) ?? 0
            backlog.failedBatches -= backlog.alteredBatches
            backlog.waitingBatches -= backlog.alteredBatches
            return backlog
        }
    }

    /// Why the newest of the undelivered batches that were tried has failed.
    package func lastDeliveryError(of delivery: String) throws(JournalError) -> String? {
        try read("read") { database in
            try String.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT last_error FROM batches WHERE \(Journal.isUndelivered) AND last_error IS NOT NULL
                        ORDER BY next_attempt_at DESC, id DESC LIMIT 1
                        """
                ),
                arguments: [delivery]
            )
        }
    }

    /// Ids of all that are not delivered.
    package func pendingBatchIDs(of delivery: String) throws(JournalError) -> Set<Int64> {
        try read("read") { database in
            try Int64.fetchSet(
                database.cachedStatement(sql: "SELECT id FROM batches WHERE \(Journal.isUndelivered)"),
                arguments: [delivery]
            )
        }
    }

    /// How often batches were tried; those that are gone are left out.
    package func attempts(of ids: some Collection<Int64>) throws(JournalError) -> [Int64: Int] {
        let list = "[\(ids.map(String.init).joined(separator: ","))]"
        return try read("read") { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT id, attempts FROM batches WHERE id IN (SELECT value FROM json_each(?))"
                ),
                arguments: [list]
            )
            return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        }
    }

    /// Whether another batch of the delivery was stored under this path on the receiver.
    package func isPathOfAnother(_ remotePath: String, than batch: LogBatch) throws(JournalError) -> Bool {
        try read("read") { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: "SELECT 1 FROM batches WHERE remote_path = ? AND delivery = ? AND id <> ? LIMIT 1"
                ),
                arguments: [remotePath, batch.delivery, batch.id]
            ) != nil
        }
    }

    /// Undelivered batches by the name of their delivery, open ones among them: also of deliveries that nobody
    /// configures any more.
    package func undeliveredBatches() throws(JournalError) -> [String: Int] {
        try read("read") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT delivery, SUM(file_count) FROM batch_totals
                    WHERE delivery <> '' AND state IN ('open', 'closed', 'failed')
                    GROUP BY delivery HAVING SUM(file_count) > 0
                    """
            )
            return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        }
    }
}
