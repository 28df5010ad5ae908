/// One `INSERT` of many rows, sent whenever it has become long enough.
struct MultiRowInsert: ~Copyable {
    private let connection: MySQLConnection
    private let text: StatementText
    private let head: StaticString
    private let tail: String
    private let operation: String
    private let maximumRows: Int
    private let maximumBytes: Int
    private var rows = 0

    /// - Parameters:
    ///   - text: memory for the statement; in use until `finish()`.
    ///   - head: up to and including `VALUES`.
    ///   - tail: what follows the rows, with a space before it.
    init(
        _ connection: MySQLConnection,
        _ text: StatementText,
        head: StaticString,
        tail: String,
        operation: String,
        maximumRows: Int = 1_000
    ) {
        self.connection = connection
        self.text = text
        self.head = head
        self.tail = tail
        self.operation = operation
        self.maximumRows = maximumRows
        maximumBytes = min(1 << 20, connection.maximumPacketBytes / 2)
        text.removeAll()
    }

    /// Call before the row's own text `(…)` is appended.
    mutating func beginRow() throws(DatabaseError) {
        if rows == maximumRows || text.count > maximumBytes { try finish() }
        if rows == 0 {
            text.append(head)
        } else {
            text.append(UInt8(ascii: ","))
        }
        rows += 1
    }

    /// Sends what is left.
    mutating func finish() throws(DatabaseError) {
        guard rows > 0 else { return }
        var tail = tail
        tail.withUTF8 { text.append($0) }
        try connection.execute(text.bytes, operation: operation)
        text.removeAll()
        rows = 0
    }
}
