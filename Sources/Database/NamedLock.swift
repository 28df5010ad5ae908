/// A lock that the database server keeps for one program at a time, per database.
enum NamedLock {
    private static let operation = "take turns with other programs"

    /// Runs the body while no other program holds the lock of that name on the same database.
    ///
    /// Galera clusters have no such lock (error 1235); there the body runs without it, so it has to be harmless when it
    /// runs twice.
    /// - Throws: where another program has not let go of it for half of the settings' statement timeout.
    static func hold<Result>(
        _ name: String,
        _ connection: MySQLConnection,
        _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        let seconds = max(1, connection.settings.statementTimeout.components.seconds / 2)
        if let result = try hold(name, connection, seconds: seconds, body) { return result }
        throw DatabaseError(
            operation: operation,
            server: connection.settings.server,
            text: "another program has been busy with the \(name) of this database for \(seconds) s",
            isTransient: true
        )
    }

    /// The same without waiting: nil where another program holds it.
    static func holdIfFree<Result>(
        _ name: String,
        _ connection: MySQLConnection,
        _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result? {
        try hold(name, connection, seconds: 0, body)
    }

    private static func hold<Result>(
        _ name: String,
        _ connection: MySQLConnection,
        seconds: Int64,
        _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result? {
        // Names of locks are shared by all databases of a server, and MySQL allows 64 characters.
        let lock = "CONCAT('metricsd \(name) ', MD5(DATABASE()))"
        let isHeld: Bool
        do throws(DatabaseError) {
            let answer = try connection.query("SELECT GET_LOCK(\(lock), \(seconds))", operation: operation)
            guard answer.first?.first == "1" else { return nil }
            isHeld = true
        } catch {
            guard error.code == 1235 else { throw error }
            isHeld = false
        }
        defer {
            // A failure means that the connection is lost, and the lock with it.
            if isHeld { _ = try? connection.query("SELECT RELEASE_LOCK(\(lock))", operation: operation) }
        }
        return try body()
    }
}
