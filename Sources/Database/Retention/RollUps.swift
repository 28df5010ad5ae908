import Wire

/// Makes the rows of `samples_hourly` and `samples_daily` that are due.
///
/// A roll-up is always made anew from everything that it sums up, so making it twice changes nothing, and whoever is
/// interrupted begins the hour again. Samples are read without locks, some hundred series at a time by their primary
/// key, so that neither the drain nor anybody who looks at values waits.
package struct RollUps {
    /// Below the length from which MariaDB makes a subquery of a list (`in_predicate_conversion_threshold`).
    package static let seriesAtOnce = 400

    private static let operation = "roll samples up"

    private let connection: MySQLConnection
    private let due: RollUpsDue
    private let seriesAtOnce: Int
    private let isCancelled: () -> Bool
    private let question = StatementText()
    private let answer = StatementText()

    init(_ connection: MySQLConnection, seriesAtOnce: Int, unless isCancelled: @escaping () -> Bool) {
        self.connection = connection
        self.seriesAtOnce = seriesAtOnce
        self.isCancelled = isCancelled
        due = RollUpsDue(connection, StatementText(capacity: 1 << 10))
    }

    /// Makes those of the hours or days that were over by then. Blocks, for a second for each at most.
    ///
    /// - Returns: how many had something to sum up, and whether these were all.
    func make(
        _ rollUp: RollUp,
        endedBy end: Timestamp,
        _ finals: FinalRollUps
    ) throws(DatabaseError) -> (count: Int, isComplete: Bool) {
        var count = 0
        for start in try due.list(rollUp, endingBy: end) {
            try due.claim(start, rollUp)
            let isFinal = try start < finals.end(of: rollUp)
            guard let rows = try make(rollUp, start, isFinal: isFinal) else { return (count, false) }
            // The day is due before the hour is done: between the two only something is done once more.
            if rollUp == .hourly { try due.enter([RollUp.daily.start(of: start)], .daily) }
            try due.finish(start, rollUp)
            if rows > 0 { count += 1 }
        }
        return (count, true)
    }

    /// - Returns: the rows made; nil where it was cancelled.
    private func make(_ rollUp: RollUp, _ start: Timestamp, isFinal: Bool) throws(DatabaseError) -> Int? {
        var last: Int64 = 0
        var rows = 0
        while true {
            if isCancelled() { return nil }
            // Read behind the claim: whoever had entered the hour had made its series before.
            let series = try SeriesNumbers.next(connection, after: last, limit: seriesAtOnce)
            guard let end = series.last else { return rows }
            rows += try make(rollUp, start, series, isFinal: isFinal)
            last = end
        }
    }

    private func make(
        _ rollUp: RollUp,
        _ start: Timestamp,
        _ series: [Int64],
        isFinal: Bool
    ) throws(DatabaseError) -> Int {
        question.removeAll()
        question.append(rollUp.selection)
        for (index, number) in series.enumerated() {
            if index > 0 { question.append(UInt8(ascii: ",")) }
            question.append(number)
        }
        question.append(") AND ")
        question.append(rollUp.sourceColumn)
        question.append(" >= ")
        question.append(start)
        question.append(" AND ")
        question.append(rollUp.sourceColumn)
        question.append(" < ")
        question.append(Timestamp(milliseconds: start.milliseconds + rollUp.milliseconds))
        question.append(" GROUP BY series_id")
        var rows = 0
        answer.removeAll()
        answer.append(rollUp.head)
        try connection.query(question.bytes, operation: Self.operation) { row in
            if rows > 0 { answer.append(UInt8(ascii: ",")) }
            rows += 1
            append(row, start)
        }
        guard rows > 0 else { return 0 }
        var tail = isFinal ? RollUp.keeping : RollUp.replacing
        tail.withUTF8 { answer.append($0) }
        try connection.execute(answer.bytes, operation: Self.operation)
        return rows
    }

    /// The numbers as the server wrote them: it reads them back as the same.
    private func append(_ row: ResultRow, _ start: Timestamp) {
        for column in 0..<5 {
            answer.append(UInt8(ascii: column == 0 ? "(" : ","))
            if column == 1 {
                answer.append(start)
                answer.append(UInt8(ascii: ","))
            }
            if let bytes = row.bytes(column) {
                answer.append(bytes.bindMemory(to: UInt8.self))
            } else {
                answer.append("NULL")
            }
        }
        answer.append(UInt8(ascii: ")"))
    }
}

/// The numbers of all series, some at a time.
enum SeriesNumbers {
    static func next(_ connection: MySQLConnection, after last: Int64, limit: Int) throws(DatabaseError) -> [Int64] {
        var numbers: [Int64] = []
        try connection.query(
            "SELECT series_id FROM series WHERE series_id > \(last) ORDER BY series_id LIMIT \(limit)",
            operation: "list the series"
        ) { row in
            if let number = row.integer(0) { numbers.append(number) }
        }
        return numbers
    }
}
