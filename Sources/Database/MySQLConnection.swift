import CMySQL
package import Wire

/// A connection to a MariaDB or MySQL server, through MariaDB Connector/C (https://mariadb.com/docs/connectors/).
///
/// Belongs to one thread. Every call blocks, at most for the settings' timeouts. Sessions speak utf8mb4, count time in
/// UTC and have strict SQL; a lost connection stays lost: make a new one.
package final class MySQLConnection {
    package let settings: DatabaseSettings
    package private(set) var serverVersion = ServerVersion("")
    /// The longest statement that the server takes.
    package private(set) var maximumPacketBytes = 1 << 20
    /// False once an error said that the connection is lost.
    package private(set) var isUsable = true

    /// Owned: made by `mysql_init`, freed in `deinit`.
    private let handle: UnsafeMutablePointer<MYSQL>

    /// Resolves the name, connects and logs in.
    @available(*, noasync)
    package init(_ settings: DatabaseSettings) throws(DatabaseError) {
        self.settings = settings
        handle = try Self.open(settings)
        try prepareSession()
    }

    deinit { mysql_close(handle) }

    // MARK: - Statements

    /// Runs one statement that returns no rows, and tells how many rows it changed.
    ///
    /// - Parameter operation: what the statement is for, in the words of an error message.
    @discardableResult
    @available(*, noasync)
    package func execute(_ sql: String, operation: String) throws(DatabaseError) -> UInt64 {
        try send(sql, operation)
        return try finish(operation)
    }

    /// Runs one statement, and gives its rows as text; NULL is nil.
    @available(*, noasync)
    package func query(_ sql: String, operation: String) throws(DatabaseError) -> [[String?]] {
        var rows: [[String?]] = []
        try query(sql, operation: operation) { row in
            rows.append((0..<row.count).map { row.text($0) })
        }
        return rows
    }

    /// Runs one statement, and gives its rows one by one, without a copy of each.
    @available(*, noasync)
    package func query(_ sql: String, operation: String, _ body: (ResultRow) -> Void) throws(DatabaseError) {
        try send(sql, operation)
        try readRows(operation, body)
    }

    /// Like `query(_:operation:_:)` for a statement that was put together as bytes.
    @available(*, noasync)
    func query(
        _ statement: UnsafeRawBufferPointer,
        operation: String,
        _ body: (ResultRow) -> Void
    ) throws(DatabaseError) {
        try send(statement, operation)
        try readRows(operation, body)
    }

    /// Like `execute(_:operation:)` for a statement that was put together as bytes.
    @discardableResult
    @available(*, noasync)
    func execute(_ statement: UnsafeRawBufferPointer, operation: String) throws(DatabaseError) -> UInt64 {
        try send(statement, operation)
        return try finish(operation)
    }

    /// What the server's clock shows; asks it.
    @available(*, noasync)
    package func serverTime() throws(DatabaseError) -> Timestamp {
        var time: Timestamp?
        try query(
            "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000",
            operation: "ask for the time"
        ) { row in time = row.integer(0).map { Timestamp(milliseconds: $0) } }
        guard let time else { throw objection("ask for the time", "the server gave none") }
        return time
    }

    /// Whether the server still answers; asks it.
    @available(*, noasync)
    package func ping() throws(DatabaseError) {
        try check(mysql_ping(handle) == 0, "ask whether it is there")
    }

    /// The server's number for this connection, as `KILL` takes it.
    package var connectionNumber: UInt { mysql_thread_id(handle) }

    /// The cipher that is in use, nil where nothing is encrypted.
    package var cipher: String? {
        guard let name = mysql_get_ssl_cipher(handle) else { return nil }
        return String(cString: name)
    }

    private func send(_ sql: String, _ operation: String) throws(DatabaseError) {
        var sql = sql
        let code = sql.withUTF8 { post(UnsafeRawBufferPointer($0)) }
        try check(code == 0, operation)
    }

    private func send(_ statement: UnsafeRawBufferPointer, _ operation: String) throws(DatabaseError) {
        try check(post(statement) == 0, operation)
    }

    private func post(_ statement: UnsafeRawBufferPointer) -> CInt {
        mysql_real_query(handle, statement.bindMemory(to: CChar.self).baseAddress, UInt(statement.count))
    }

    private func readRows(_ operation: String, _ body: (ResultRow) -> Void) throws(DatabaseError) {
        guard let result = mysql_store_result(handle) else {
            // Without a result the statement failed, or it was one that has none.
            if mysql_errno(handle) != 0 { throw failure(operation) }
            return
        }
        defer { mysql_free_result(result) }
        let count = Int(mysql_num_fields(result))
        while let row = mysql_fetch_row(result), let lengths = mysql_fetch_lengths(result) {
            body(ResultRow(row: row, lengths: lengths, count: count))
        }
    }

    /// Takes what the statement left behind, so that the next one is not out of step.
    private func finish(_ operation: String) throws(DatabaseError) -> UInt64 {
        if let result = mysql_store_result(handle) {
            mysql_free_result(result)
        } else if mysql_errno(handle) != 0 {
            throw failure(operation)
        }
        return mysql_affected_rows(handle)
    }

    private func check(_ succeeded: Bool, _ operation: String) throws(DatabaseError) {
        if !succeeded { throw failure(operation) }
    }

    private func failure(_ operation: String) -> DatabaseError {
        let error = Self.failure(operation, handle, settings)
        if error.isConnectionLost { isUsable = false }
        return error
    }

    static func failure(
        _ operation: String,
        _ handle: UnsafeMutablePointer<MYSQL>,
        _ settings: DatabaseSettings
    ) -> DatabaseError {
        DatabaseError(
            operation: operation,
            code: mysql_errno(handle),
            sqlState: mysql_sqlstate(handle).map { String(cString: $0) } ?? "",
            text: mysql_error(handle).map { String(cString: $0) } ?? "",
            settings: settings
        )
    }

    // MARK: - Start of a session

    private func prepareSession() throws(DatabaseError) {
        // Half of the statement timeout, so that a held lock ends in an error of the server rather than of the line.
        let lockSeconds = max(1, settings.statementTimeout.wholeSeconds / 2)
        try execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin", operation: "set up the session")
        let row = try query("SELECT VERSION(), @@max_allowed_packet", operation: "read the server's version").first
        serverVersion = ServerVersion(row?[0] ?? "")
        maximumPacketBytes = row?[1].flatMap { Int($0) } ?? maximumPacketBytes
        guard serverVersion.isSupported else {
            throw objection(
                "connect",
                "the server is \(serverVersion), which is not supported",
                mend: "Use MariaDB 10.6 or newer, or MySQL 8.0 or newer"
            )
        }
        try execute(
            """
            SET time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = \(lockSeconds), \
            lock_wait_timeout = \(lockSeconds), \
            sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION'
            """,
            operation: "set up the session"
        )
    }

    func objection(_ operation: String, _ text: String, mend: String? = nil) -> DatabaseError {
        DatabaseError(operation: operation, server: settings.server, text: text, mend: mend)
    }
}

/// One row of a result, valid while the closure runs that it was given to.
package struct ResultRow {
    fileprivate let row: MYSQL_ROW
    fileprivate let lengths: UnsafeMutablePointer<UInt>
    package let count: Int

    /// The column's bytes; nil for NULL.
    package func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
        guard let start = row[column] else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(lengths[column]))
    }

    package func text(_ column: Int) -> String? {
        bytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The column as a whole number; nil for NULL and for what is none.
    package func integer(_ column: Int) -> Int64? {
        text(column).flatMap { Int64($0) }
    }
}
