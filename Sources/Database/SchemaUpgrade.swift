/// What an older database needs before `db_model.sql` can create the rest: changes of tables that are there.
///
/// Neither server takes back a changed table with a transaction, and MySQL has no `ADD COLUMN IF NOT EXISTS`. So each
/// step looks whether it is needed, and none depends on the version: an interrupted upgrade is simply begun again.
struct SchemaUpgrade {
    enum Step {
        /// At the end of the table, which both servers do without copying it.
        case addColumn(table: String, column: String, definition: String)
        /// A table that no version with this layout ever wrote to; it is made anew. One with rows stays, and is told of.
        case replaceEmpty(table: String, lacking: String)
    }

    /// The version that these steps lead to.
    var version: Int
    var steps: [Step]

    /// In order.
    static let all = [
        SchemaUpgrade(
            version: 2,
            steps: [
                .addColumn(
                    table: "traffic",
                    column: "unread",
                    definition: """
                        BIGINT UNSIGNED NOT NULL DEFAULT 0 \
                        COMMENT 'lines that could not be read, in the window they came in'
                        """
                )
            ]
        ),
        SchemaUpgrade(version: 3, steps: [.replaceEmpty(table: "log_batches", lacking: "part")]),
    ]

    func apply(to connection: MySQLConnection) throws(DatabaseError) {
        for step in steps {
            switch step {
            case .addColumn(let table, let column, let definition):
                let columns = try SchemaUpgrade.columns(of: table, connection)
                // Without columns the table is not there, and will be created as it should be.
                if columns.isEmpty || columns.contains(column) { continue }
                try add(column, definition, to: table, connection)
            case .replaceEmpty(let table, let column):
                let columns = try SchemaUpgrade.columns(of: table, connection)
                if columns.isEmpty || columns.contains(column) { continue }
                try drop(table, connection)
            }
        }
    }

    private func add(
        _ column: String,
        _ definition: String,
        to table: String,
        _ connection: MySQLConnection
    ) throws(DatabaseError) {
        do {
            try connection.execute(
                "ALTER TABLE \(table) ADD COLUMN \(column) \(definition)",
                operation: "bring the schema to version \(version)"
            )
        } catch {
            // ER_DUP_FIELDNAME: where the server has no named locks, another program may have been faster.
            guard error.code == 1_060 else { throw error }
        }
    }

    private func drop(_ table: String, _ connection: MySQLConnection) throws(DatabaseError) {
        let operation = "bring the schema to version \(version)"
        guard try connection.query("SELECT 1 FROM \(table) LIMIT 1", operation: operation).isEmpty else {
            throw connection.objection(
                operation,
                "the table \(table) has rows that no metricsd has written, and is to be made anew",
                mend: "Rename it, or remove its rows"
            )
        }
        // Where the server has no named locks, another program may have been faster.
        try connection.execute("DROP TABLE IF EXISTS \(table)", operation: operation)
    }

    private static func columns(of table: String, _ connection: MySQLConnection) throws(DatabaseError) -> Set<String> {
        var columns: Set<String> = []
        try connection.query(
            """
            SELECT COLUMN_NAME FROM information_schema.COLUMNS \
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '\(table)'
            """,
            operation: Schema.operation
        ) { row in
            if let name = row.text(0) { columns.insert(name) }
        }
        return columns
    }
}
