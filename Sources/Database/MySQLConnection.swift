import CMySQL
import Secrets

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

    /// Whether the library is set up, which must not happen on two threads at once.
    private static let isLibraryReady = mysql_server_init(0, nil, nil) == 0

    /// Resolves the name, connects and logs in.
    @available(*, noasync)
    package init(_ settings: DatabaseSettings) throws(DatabaseError) {
        guard Self.isLibraryReady, let handle = mysql_init(nil) else {
            throw DatabaseError(operation: "connect", server: settings.server, text: "out of memory", isTransient: true)
        }
        self.settings = settings
        self.handle = handle
        try connect()
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
        let error = DatabaseError(
            operation: operation,
            code: mysql_errno(handle),
            sqlState: mysql_sqlstate(handle).map { String(cString: $0) } ?? "",
            text: mysql_error(handle).map { String(cString: $0) } ?? "",
            settings: settings
        )
        if error.isConnectionLost { isUsable = false }
        return error
    }

    // MARK: - Start of a session

    private func connect() throws(DatabaseError) {
        let password: String
        do {
            password = try settings.password?.reveal() ?? ""
        } catch {
            throw objection("read the password", error.description)
        }
        setOptions()
        let isLocal = settings.socket != nil
        let connected = mysql_real_connect(
            handle,
            isLocal ? nil : settings.host,
            settings.user,
            password,
            settings.name.isEmpty ? nil : settings.name,
            isLocal ? 0 : UInt32(settings.port),
            settings.socket,
            0
        )
        guard connected != nil else {
            var error = failure("connect")
            error.isConnectionLost = true
            isUsable = false
            throw error
        }
    }

    private func setOptions() {
        set(MYSQL_OPT_CONNECT_TIMEOUT, to: settings.connectTimeout.wholeSeconds)
        set(MYSQL_OPT_READ_TIMEOUT, to: settings.statementTimeout.wholeSeconds)
        set(MYSQL_OPT_WRITE_TIMEOUT, to: settings.statementTimeout.wholeSeconds)
        // A server must not be able to ask for files of this machine.
        set(MYSQL_OPT_LOCAL_INFILE, to: UInt32(0))
        // The library takes "localhost" for the default socket of the machine otherwise.
        set(
            MYSQL_OPT_PROTOCOL,
            to: settings.socket == nil ? MYSQL_PROTOCOL_TCP.rawValue : MYSQL_PROTOCOL_SOCKET.rawValue
        )
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        guard settings.socket == nil else { return }
        if settings.tls != .preferred { set(MYSQL_OPT_SSL_ENFORCE, to: my_bool(1)) }
        if settings.tls == .verified {
            set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, to: my_bool(1))
            if let file = settings.certificateAuthority { mysql_options(handle, MYSQL_OPT_SSL_CA, file) }
        }
    }

    private func set<Value>(_ option: mysql_option, to value: Value) {
        withUnsafePointer(to: value) { _ = mysql_options(handle, option, $0) }
    }

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

extension Duration {
    /// Rounded up, at least one: the library counts its timeouts in seconds, and takes 0 for "none".
    fileprivate var wholeSeconds: UInt32 {
        let (seconds, attoseconds) = components
        return UInt32(clamping: max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
