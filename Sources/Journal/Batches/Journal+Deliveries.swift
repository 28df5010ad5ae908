import GRDB
package import LogBatches
package import Wire

/// What a delivery has still to carry.
package struct DeliveryBacklog: Equatable, Sendable {
    /// Tried several times in vain, or not what was written.
    package var failedBatches: Int
    /// All that are not delivered, the failed ones included.
    package var waitingBatches: Int
    package var waitingBytes: UInt64
    package var oldestClosedAt: Timestamp?
}

extension Journal {
    private static let isUndelivered = "delivery = ? AND delivery IS NOT NULL AND state IN ('closed', 'failed')"

    /// Closed or failed batches whose next try has come, the oldest first.
    ///
    /// - Parameter except: ids that are being carried.
    package func dueDeliveries(
        of delivery: String,
        now: Timestamp,
        limit: Int,
        except: Set<Int64> = []
    ) throws(JournalError) -> [LogBatch] {
        let due = try batches(
            where: """
                \(Journal.isUndelivered) AND (next_attempt_at IS NULL OR next_attempt_at <= ?) ORDER BY id LIMIT ?
                """,
            [delivery, now.milliseconds, limit + except.count]
        )
        return Array(due.filter { !except.contains($0.id) }.prefix(limit))
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
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT COALESCE(SUM(state = 'failed'), 0), COUNT(*), COALESCE(SUM(byte_count), 0), MIN(closed_at)
                        FROM batches WHERE \(Journal.isUndelivered)
                        """
                ),
                arguments: [delivery]
            )
            return DeliveryBacklog(
                failedBatches: row?[0] ?? 0,
                waitingBatches: row?[1] ?? 0,
                waitingBytes: UInt64(clamping: (row?[2] as Int64?) ?? 0),
                oldestClosedAt: (row?[3] as Int64?).map { Timestamp(milliseconds: $0) }
            )
        }
    }

    /// Why the newest of the undelivered batches that were tried has failed.
    package func lastDeliveryError(of delivery: String) throws(JournalError) -> String? {
        try read("read") { database in
            try String.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT last_error FROM batches WHERE \(Journal.isUndelivered) AND last_error IS NOT NULL
                        ORDER BY next_attempt_at DESC, id LIMIT 1
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

    /// Whether another batch of the delivery was stored under this path on the receiver. Looks at all of them.
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

    /// Undelivered batches by the name of their delivery: also of those that nobody configures any more.
    package func undeliveredBatches() throws(JournalError) -> [String: Int] {
        try read("read") { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT delivery, COUNT(*) FROM batches
                    WHERE delivery IS NOT NULL AND state IN ('open', 'closed', 'failed') GROUP BY delivery
                    """
            )
            return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        }
    }
}
