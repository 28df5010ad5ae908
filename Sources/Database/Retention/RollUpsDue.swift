import Wire

/// The hours and days whose roll-ups are to be made, in `rollups_due`: the ones that samples came for since.
///
/// An hour is taken off the list in steps that a crash may come between. First it is entered as claimed (writer 0), then
/// the writers' rows go, which waits for their transactions; what they stored is seen by whoever reads from then on, and
/// what comes later enters the hour anew. The claim goes when the roll-up is written.
struct RollUpsDue {
    private static let operation = "list the roll-ups to make"

    private let connection: MySQLConnection
    private let text: StatementText

    init(_ connection: MySQLConnection, _ text: StatementText) {
        self.connection = connection
        self.text = text
    }

    /// - Parameter starts: ascending, so that two programs lock in the same order.
    func enter(_ starts: [Timestamp], _ rollUp: RollUp) throws(DatabaseError) {
        try enter(starts, rollUp, writer: UInt64(connection.connectionNumber))
    }

    /// Those whose time was over by then, the oldest first.
    func list(_ rollUp: RollUp, endingBy end: Timestamp) throws(DatabaseError) -> [Timestamp] {
        begin(
            """
            SELECT DISTINCT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', start_at) DIV 1000 FROM rollups_due \
            WHERE rollup =\u{20}
            """
        )
        text.append(quoted: rollUp.rawValue)
        text.append(" AND start_at <= ")
        text.append(Timestamp(milliseconds: end.milliseconds - rollUp.milliseconds))
        text.append(" ORDER BY start_at")
        var starts: [Timestamp] = []
        try connection.query(text.bytes, operation: Self.operation) { row in
            if let start = row.integer(0) { starts.append(Timestamp(milliseconds: start)) }
        }
        return starts
    }

    func claim(_ start: Timestamp, _ rollUp: RollUp) throws(DatabaseError) {
        try enter([start], rollUp, writer: 0)
        begin("SELECT writer FROM rollups_due WHERE writer > 0 AND ")
        appendKey(start, rollUp)
        var writers: [Int64] = []
        try connection.query(text.bytes, operation: Self.operation) { row in
            if let writer = row.integer(0) { writers.append(writer) }
        }
        // One by one, each its own transaction: while one of them is waited for, none of the others' locks is held.
        for writer in writers { try remove(start, rollUp, writer: writer) }
    }

    func finish(_ start: Timestamp, _ rollUp: RollUp) throws(DatabaseError) {
        try remove(start, rollUp, writer: 0)
    }

    private func enter(_ starts: [Timestamp], _ rollUp: RollUp, writer: UInt64) throws(DatabaseError) {
        var insert = MultiRowInsert(
            connection,
            text,
            head: "INSERT INTO rollups_due (rollup,start_at,writer) VALUES ",
            tail: " ON DUPLICATE KEY UPDATE writer=VALUES(writer)",
            operation: Self.operation
        )
        for start in starts {
            try insert.beginRow()
            text.append(UInt8(ascii: "("))
            text.append(quoted: rollUp.rawValue)
            text.append(UInt8(ascii: ","))
            text.append(start)
            text.append(UInt8(ascii: ","))
            text.append(Int64(writer))
            text.append(UInt8(ascii: ")"))
        }
        try insert.finish()
    }

    private func remove(_ start: Timestamp, _ rollUp: RollUp, writer: Int64) throws(DatabaseError) {
        begin("DELETE FROM rollups_due WHERE ")
        appendKey(start, rollUp)
        text.append(" AND writer = ")
        text.append(writer)
        try connection.execute(text.bytes, operation: Self.operation)
    }

    private func begin(_ statement: StaticString) {
        text.removeAll()
        text.append(statement)
    }

    private func appendKey(_ start: Timestamp, _ rollUp: RollUp) {
        text.append("rollup = ")
        text.append(quoted: rollUp.rawValue)
        text.append(" AND start_at = ")
        text.append(start)
    }
}
