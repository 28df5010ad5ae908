import Wire

/// Samples that were stored before roll-ups were made: of an earlier version, or of somebody who filled the table.
///
/// Done once for a database. The hours of each day's partition are entered as due, unseen; only partitions of more than
/// a day (the first and the last one) are looked through for the hours that they have, a few series at a time.
struct EarlierSamples {
    private static let operation = "look for samples that are not rolled up"
    /// Of a partition whose hours are entered unseen. After a long break one may have months.
    private static let longestSpan: Int64 = 7
    private static let seriesAtOnce = 20

    private let connection: MySQLConnection
    private let isCancelled: () -> Bool
    private let text = StatementText()

    init(_ connection: MySQLConnection, unless isCancelled: @escaping () -> Bool) {
        self.connection = connection
        self.isCancelled = isCancelled
    }

    /// - Returns: false where it was cancelled, and begins anew the next time.
    func enter(_ finals: FinalRollUps) throws(DatabaseError) -> Bool {
        if try finals.endIfKnown(of: .hourly) != nil { return true }
        var hours: Set<Timestamp> = []
        if try !connection.query("SELECT 1 FROM samples LIMIT 1", operation: Self.operation).isEmpty {
            let table = try SamplePartitions(connection)
            if table.isByDays {
                for (index, partition) in table.partitions.enumerated() {
                    let begin = index == 0 ? nil : table.partitions[index - 1].end
                    if let begin, let end = partition.end, end.daysSince1970 - begin.daysSince1970 <= Self.longestSpan {
                        let first = begin.start.milliseconds, last = end.start.milliseconds
                        for hour in stride(from: first, to: last, by: Int(RollUp.hourly.milliseconds)) {
                            hours.insert(Timestamp(milliseconds: hour))
                        }
                    } else {
                        guard try look(in: " PARTITION (`\(partition.name)`)", &hours) else { return false }
                    }
                }
            } else {
                guard try look(in: "", &hours) else { return false }
            }
        }
        try RollUpsDue(connection, text).enter(hours.sorted(), .hourly)
        try finals.move(.hourly, to: FinalRollUps.beginning)
        return true
    }

    private func look(in partition: String, _ hours: inout Set<Timestamp>) throws(DatabaseError) -> Bool {
        var last: Int64 = 0
        while true {
            if isCancelled() { return false }
            let series = try SeriesNumbers.next(connection, after: last, limit: Self.seriesAtOnce)
            guard let end = series.last else { return true }
            let list = series.map(String.init).joined(separator: ",")
            try connection.query(
                """
                SELECT DISTINCT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', DATE_FORMAT(collected_at, '%Y-%m-%d %H:00:00')) \
                DIV 1000 FROM samples\(partition) WHERE series_id IN (\(list))
                """,
                operation: Self.operation
            ) { row in
                if let hour = row.integer(0) { hours.insert(Timestamp(milliseconds: hour)) }
            }
            last = end
        }
    }
}
