import Wire

/// Up to when roll-ups stay as they are, in `rollups`: what they were made of may be gone.
///
/// The time is moved before anything is removed, so that a crash in between leaves at most something behind that is
/// removed later.
struct FinalRollUps {
    private static let operation = "look which roll-ups are final"

    let connection: MySQLConnection

    /// - Returns: nil where this database's samples were never rolled up.
    func endIfKnown(of rollUp: RollUp) throws(DatabaseError) -> Timestamp? {
        var end: Timestamp?
        try connection.query(
            """
            SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', final_before) DIV 1000 FROM rollups \
            WHERE rollup = '\(rollUp.rawValue)'
            """,
            operation: Self.operation
        ) { row in
            end = row.integer(0).map { Timestamp(milliseconds: $0) }
        }
        return end
    }

    func end(of rollUp: RollUp) throws(DatabaseError) -> Timestamp {
        try endIfKnown(of: rollUp) ?? Self.beginning
    }

    /// It never moves back, whatever program with whatever settings comes by.
    func move(_ rollUp: RollUp, to end: Timestamp) throws(DatabaseError) {
        let text = StatementText(capacity: 256)
        text.append("INSERT INTO rollups (rollup, final_before) VALUES (")
        text.append(quoted: rollUp.rawValue)
        text.append(UInt8(ascii: ","))
        text.append(end)
        text.append(") ON DUPLICATE KEY UPDATE final_before = GREATEST(final_before, VALUES(final_before))")
        try connection.execute(text.bytes, operation: Self.operation)
    }

    /// The first time that `DATETIME` has: nothing is final.
    static let beginning = Timestamp.storable.lowerBound
}
