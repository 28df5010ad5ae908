/// What an older database needs before `db_model.sql` can create the rest: changes of tables that are there.
///
/// Neither server takes back a changed table with a transaction, and MySQL has no `ADD COLUMN IF NOT EXISTS`. So each
/// step looks whether it is needed, and none depends on the version: an interrupted upgrade is simply begun again.
struct SchemaUpgrade {
    enum Step {
        /// At the end of the table, which both servers do without copying it.
        case addColumn(table: String, column: String, definition: String)
        /// - Parameter preparation: what makes the rows fit a unique key, done before it is added.
        case addKey(table: String, key: String, definition: String, preparation: String? = nil)
        case dropKey(table: String, key: String)
    }

    /// The version that these steps lead to.
    var version: Int
    var steps: [Step]

    /// In order.
    static let all = [
        SchemaUpgrade(version: 2, steps: version2), SchemaUpgrade(version: 3, steps: version3),
        SchemaUpgrade(version: 4, steps: version4),
    ]

    private static let version2: [Step] = [
        .addColumn(
            table: "traffic",
            column: "unread",
            definition: """
                BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'lines that could not be read, in the window they came in'
                """
        )
    ]

    /// A file is found by its window and part, because its path changes.
    private static let version3: [Step] =
        [
            (
                "part",
                "INT UNSIGNED NOT NULL DEFAULT 1 COMMENT '2 and more: lines that came after the file before it was closed'"
            ),
            ("window_seconds", "INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'length of that time'"),
            ("opened_at", "DATETIME(3) NULL COMMENT 'UTC, when its first line came'"),
            ("closed_at", "DATETIME(3) NULL COMMENT 'UTC, since when nothing is added to it'"),
            ("delivery", "VARCHAR(64) NULL COMMENT 'name of the <delivery>; NULL: it is only kept'"),
            ("last_error", "TEXT NULL COMMENT 'why it is not delivered and what to do about it'"),
            ("is_compressed", "BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'the file is kept as .gz'"),
            ("removed_at", "DATETIME(3) NULL COMMENT 'UTC, when its time was over and the file was deleted'"),
        ].map { .addColumn(table: "log_batches", column: $0, definition: $1) }
        + [
            .addKey(
                table: "log_batches",
                key: "log_batches_by_part",
                definition: "UNIQUE KEY log_batches_by_part (host_id, log_name, window_start, part)",
                preparation: """
                    UPDATE log_batches b JOIN (SELECT batch_id, ROW_NUMBER() OVER \
                    (PARTITION BY host_id, log_name, window_start ORDER BY batch_id) AS number FROM log_batches) n \
                    ON n.batch_id = b.batch_id SET b.part = n.number
                    """
            ),
            .addKey(
                table: "log_batches",
                key: "log_batches_by_end",
                definition: "KEY log_batches_by_end (closed_at)"
            ),
            .addKey(
                table: "log_batches",
                key: "log_batches_by_sending",
                definition: "KEY log_batches_by_sending (sent_at)"
            ),
            .dropKey(table: "log_batches", key: "log_batches_by_path"),
            .dropKey(table: "log_batches", key: "log_batches_by_log"),
        ]

    /// The tables of roll-ups were there before; what lists and ends them are new tables. Earlier samples are found by the
    /// upkeep (`EarlierSamples`), not here, where the start waits for it.
    private static let version4: [Step] = []

    func apply(to connection: MySQLConnection) throws(DatabaseError) {
        for step in steps {
            switch step {
            case .addColumn(let table, let column, let definition):
                let columns = try SchemaUpgrade.columns(of: table, connection)
                // Without columns the table is not there, and will be created as it should be.
                if columns.isEmpty || columns.contains(column) { continue }
                try alter(table, "ADD COLUMN \(column) \(definition)", unlessDone: .duplicateColumn, connection)
            case .addKey(let table, let key, let definition, let preparation):
                let keys = try SchemaUpgrade.keys(of: table, connection)
                if keys.isEmpty || keys.contains(key) { continue }
                if let preparation { try connection.execute(preparation, operation: operation) }
                try alter(table, "ADD \(definition)", unlessDone: .duplicateKeyName, connection)
            case .dropKey(let table, let key):
                guard try SchemaUpgrade.keys(of: table, connection).contains(key) else { continue }
                try alter(table, "DROP KEY \(key)", unlessDone: .noSuchKey, connection)
            }
        }
    }

    private var operation: String { "bring the schema to version \(version)" }

    /// What the server says to a change that was made already.
    private enum DoneAlready: UInt32 {
        /// `ER_DUP_FIELDNAME`
        case duplicateColumn = 1_060
        /// `ER_DUP_KEYNAME`
        case duplicateKeyName = 1_061
        /// `ER_CANT_DROP_FIELD_OR_KEY`
        case noSuchKey = 1_091
    }

    private func alter(
        _ table: String,
        _ change: String,
        unlessDone done: DoneAlready,
        _ connection: MySQLConnection
    ) throws(DatabaseError) {
        do {
            try connection.execute("ALTER TABLE \(table) \(change)", operation: operation)
        } catch {
            // Where the server has no named locks, another program may have been faster.
            guard error.code == done.rawValue else { throw error }
        }
    }

    private static func columns(of table: String, _ connection: MySQLConnection) throws(DatabaseError) -> Set<String> {
        try names(
            """
            SELECT COLUMN_NAME FROM information_schema.COLUMNS \
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '\(table)'
            """,
            connection
        )
    }

    /// Empty only where the table is not there: each has a primary key.
    private static func keys(of table: String, _ connection: MySQLConnection) throws(DatabaseError) -> Set<String> {
        try names(
            """
            SELECT INDEX_NAME FROM information_schema.STATISTICS \
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '\(table)'
            """,
            connection
        )
    }

    private static func names(_ query: String, _ connection: MySQLConnection) throws(DatabaseError) -> Set<String> {
        var names: Set<String> = []
        try connection.query(query, operation: Schema.operation) { row in
            if let name = row.text(0) { names.insert(name) }
        }
        return names
    }
}
