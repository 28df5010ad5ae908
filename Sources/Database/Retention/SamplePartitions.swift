import Wire

/// The partitions of `samples` as they are.
struct SamplePartitions {
    struct Partition {
        var name: String
        /// The first day behind it; nil for the last partition, which has no end.
        var end: CalendarDay?

        /// Whether metricsd has made it: `p20261120` ends with that day.
        var isOfMetricsd: Bool {
            guard let end else { return name == "p_future" }
            return name == "p\(end.advanced(by: -1).compactText)"
        }
    }

    /// In the order of time.
    var partitions: [Partition]
    /// By days, the last without an end. Otherwise somebody has changed the table, and knows why.
    var isByDays: Bool

    @available(*, noasync)
    init(_ connection: MySQLConnection) throws(DatabaseError) {
        var partitions: [Partition] = []
        var isByDays = true
        try connection.query(
            """
            SELECT PARTITION_NAME, PARTITION_DESCRIPTION, PARTITION_METHOD, PARTITION_EXPRESSION, SUBPARTITION_METHOD \
            FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'samples' \
            ORDER BY PARTITION_ORDINAL_POSITION
            """,
            operation: "look at the partitions of samples"
        ) { row in
            let expression = (row.text(3) ?? "").lowercased().filter { $0 != "`" && $0 != " " }
            isByDays = isByDays && row.text(2) == "RANGE" && expression == "to_days(collected_at)" && row.text(4) == nil
            let end = row.text(1).flatMap { Int64($0) }.map { CalendarDay(toDays: $0) }
            partitions.append(Partition(name: row.text(0) ?? "", end: end))
        }
        self.partitions = partitions
        let days = partitions.dropLast()
        self.isByDays = isByDays && partitions.last?.name == "p_future" && days.allSatisfy { $0.end != nil }
    }
}

extension CalendarDay {
    /// Its first moment.
    var start: Timestamp { Timestamp(milliseconds: daysSince1970 * 86_400_000) }
}
