/// The tables and views of `db_model.sql`, which is compiled into the program.
package enum Schema {
    /// What this program writes; the number that `db_model.sql` records in `schema_version`.
    package static let version = 4

    /// The text of `db_model.sql`.
    package static let text = String(decoding: PackageResources.db_model_sql, as: UTF8.self)

    /// The statements of `db_model.sql`, without the comments between them.
    package static let statements = StatementSplitter.statements(in: text)

    /// The names of all tables and views, in the file's order.
    package static let names: [String] = statements.compactMap { statement in
        let words = statement.split(maxSplits: 12, whereSeparator: \.isWhitespace)
        guard words.first == "CREATE" else { return nil }
        if words.starts(with: ["CREATE", "TABLE", "IF", "NOT", "EXISTS"]) { return String(words[5]) }
        guard let view = words.firstIndex(of: "VIEW") else { return nil }
        return String(words[view + 1])
    }

    /// Creates what is missing, brings older tables up to date and records the version. Two programs may do it at
    /// once, and one that was interrupted may begin anew. Blocks.
    ///
    /// A database that has everything is not written to, so that a user without the right to create tables can go on.
    /// - Returns: whether anything had to be done.
    /// - Throws: also where the database has a newer schema than this program knows.
    @discardableResult
    @available(*, noasync)
    package static func apply(_ connection: MySQLConnection) throws(DatabaseError) -> Bool {
        if try isComplete(connection) { return false }
        return try NamedLock.hold("schema", connection) { () throws(DatabaseError) -> Bool in
            // Another program may have been faster.
            if try isComplete(connection) { return false }
            for upgrade in SchemaUpgrade.all { try upgrade.apply(to: connection) }
            for statement in statements where !statement.hasPrefix("SET NAMES") {
                try connection.execute(statement, operation: operation)
            }
            return true
        }
    }

    static let operation = "apply the schema"

    /// Whether everything is there that this program knows.
    ///
    /// - Throws: also where the database has a newer schema.
    @available(*, noasync)
    package static func isComplete(_ connection: MySQLConnection) throws(DatabaseError) -> Bool {
        var found: Set<String> = []
        try connection.query(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
            operation: operation
        ) { row in
            if let name = row.text(0) { found.insert(name) }
        }
        guard found.contains("schema_version") else { return false }
        let row = try connection.query("SELECT MAX(version) FROM schema_version", operation: operation).first
        let stored = row?[0].flatMap { Int($0) } ?? 0
        guard stored <= version else {
            throw connection.objection(
                operation,
                "the database has schema version \(stored), and this metricsd knows version \(version)",
                mend: "Run the newer metricsd that wrote it, or give this one a database of its own"
            )
        }
        return stored == version && names.allSatisfy(found.contains)
    }
}
