import GRDB

/// The journal's tables. A migration that has been released is never edited; a change is a new one.
enum JournalSchema {
    /// The file has migrations that this program does not know.
    struct Superseded: Error {}

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in try database.execute(sql: version1) }
        migrator.registerMigration("2") { database in try database.execute(sql: version2) }
        migrator.registerMigration("3") { database in try database.execute(sql: version3) }
        migrator.registerMigration("4") { database in try database.execute(sql: JournalSchema.silences) }
        migrator.registerMigration("5") { database in try database.execute(sql: version5) }
        migrator.registerMigration("6") { database in try database.execute(sql: version6) }
        return migrator
    }()

    /// Times are milliseconds since 1970 (UTC). `AUTOINCREMENT` never gives an id twice, not even after every row has
    /// been removed, so a drain's "all up to this id" stays true across restarts.
    private static let version1 = """
        CREATE TABLE records (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            payload BLOB NOT NULL
        );
        -- Counting a backlog of gigabytes would read all of it.
        CREATE TABLE record_totals (
            singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
            record_count INTEGER NOT NULL,
            byte_count INTEGER NOT NULL
        );
        INSERT INTO record_totals VALUES (1, 0, 0);

        CREATE TABLE alert_states (
            host TEXT NOT NULL,
            rule TEXT NOT NULL,
            instance TEXT NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (host, rule, instance)
        ) WITHOUT ROWID;

        CREATE TABLE notifications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            recipients TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            content BLOB NOT NULL
        );

        CREATE TABLE mails (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            message_id TEXT NOT NULL UNIQUE,
            recipients TEXT NOT NULL,
            -- Those who have not got it yet, where some have.
            remaining TEXT,
            subject TEXT NOT NULL,
            content BLOB NOT NULL,
            resolved_alerts TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused')),
            attempts INTEGER NOT NULL DEFAULT 0,
            next_attempt_at INTEGER NOT NULL,
            ended_at INTEGER,
            last_error TEXT
        );
        CREATE INDEX mails_by_due ON mails (state, next_attempt_at, id);

        -- The mail that told of an alert, for the In-Reply-To of those that follow.
        CREATE TABLE alert_mails (
            alert_id TEXT NOT NULL,
            recipients TEXT NOT NULL,
            message_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (alert_id, recipients)
        ) WITHOUT ROWID;

        CREATE TABLE host_states (
            host TEXT PRIMARY KEY,
            address TEXT NOT NULL,
            state TEXT NOT NULL,
            last_seen INTEGER,
            last_error TEXT,
            machine_id TEXT NOT NULL,
            kernel TEXT NOT NULL,
            architecture TEXT NOT NULL,
            cpu_percent REAL,
            memory_percent REAL,
            disk_percent REAL,
            updated_at INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE metadata (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        """
    /// With row ids, because large values are kept outside the tree that is searched by name.
    private static let version2 = """
        CREATE TABLE log_states (
            host TEXT NOT NULL,
            log TEXT NOT NULL,
            -- Before the state, so that it is read without it.
            status BLOB NOT NULL,
            state BLOB NOT NULL,
            UNIQUE (host, log)
        );

        CREATE TABLE log_windows (
            host TEXT NOT NULL,
            log TEXT NOT NULL,
            window_start INTEGER NOT NULL,
            state BLOB NOT NULL,
            UNIQUE (host, log, window_start)
        );
        """

    /// Everything of `LogBatch` under its own name. What is asked often is asked of few: of the open, those that wait and
    /// those that are new.
    private static let version3 = """
        CREATE TABLE batches (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            host TEXT NOT NULL,
            log TEXT NOT NULL,
            window_start INTEGER NOT NULL,
            window_seconds INTEGER NOT NULL,
            part INTEGER NOT NULL,
            file_name TEXT NOT NULL,
            delivery TEXT,
            state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'sent', 'failed')),
            byte_count INTEGER NOT NULL,
            line_count INTEGER NOT NULL,
            hash_state BLOB NOT NULL,
            sha256 TEXT,
            format TEXT NOT NULL,
            header BLOB NOT NULL,
            clock_skew_ms INTEGER NOT NULL,
            opened_at INTEGER NOT NULL,
            appended_at INTEGER NOT NULL,
            closed_at INTEGER,
            is_compressed INTEGER NOT NULL,
            stored_bytes INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            next_attempt_at INTEGER,
            last_error TEXT,
            remote_path TEXT,
            is_being_renamed INTEGER NOT NULL,
            sent_at INTEGER,
            UNIQUE (host, log, window_start, part),
            UNIQUE (host, log, file_name)
        );
        CREATE INDEX batches_open ON batches (host, log, window_start, part) WHERE state = 'open';
        CREATE INDEX batches_undelivered ON batches (delivery, closed_at, id, next_attempt_at, state)
            WHERE delivery IS NOT NULL AND state IN ('closed', 'failed');
        CREATE INDEX batches_in_error ON batches (delivery, next_attempt_at)
            WHERE delivery IS NOT NULL AND state IN ('closed', 'failed') AND last_error IS NOT NULL;
        CREATE INDEX batches_by_remote_path ON batches (remote_path) WHERE remote_path IS NOT NULL;
        CREATE INDEX batches_of_log_by_end ON batches (host, log, closed_at, is_compressed);
        CREATE INDEX batches_by_end ON batches (closed_at);

        -- Adding up hundreds of thousands of them would take a while. '' for those that are delivered to nobody.
        CREATE TABLE batch_totals (
            delivery TEXT NOT NULL,
            state TEXT NOT NULL,
            file_count INTEGER NOT NULL,
            byte_count INTEGER NOT NULL,
            -- At least a block of the file system for each.
            stored_bytes INTEGER NOT NULL,
            PRIMARY KEY (delivery, state)
        ) WITHOUT ROWID;
        -- The newest window of each log whose files are gone, and their highest part: its further parts come behind.
        CREATE TABLE removed_batches (
            host TEXT NOT NULL,
            log TEXT NOT NULL,
            window_start INTEGER NOT NULL,
            part INTEGER NOT NULL,
            PRIMARY KEY (host, log)
        ) WITHOUT ROWID;
        CREATE TRIGGER batches_added AFTER INSERT ON batches BEGIN
            \(addToTotals("NEW", "+"))
        END;
        CREATE TRIGGER batches_changed AFTER UPDATE OF state, byte_count, stored_bytes ON batches BEGIN
            \(addToTotals("OLD", "-"))
            \(addToTotals("NEW", "+"))
        END;
        CREATE TRIGGER batches_removed AFTER DELETE ON batches BEGIN
            \(addToTotals("OLD", "-"))
            INSERT INTO removed_batches VALUES (OLD.host, OLD.log, OLD.window_start, OLD.part)
            ON CONFLICT (host, log) DO UPDATE SET
                window_start = MAX(window_start, excluded.window_start), part = MAX(part, excluded.part);
        END;

        -- What happened to alerts lately, for summaries.
        CREATE TABLE alert_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            content BLOB NOT NULL
        );
        CREATE INDEX alert_events_by_time ON alert_events (at);
        """

    /// Which machine a host's rows are of. What earlier versions only noted down is what later rows are to be of, too.
    private static let version5 = """
        CREATE TABLE machines (
            host TEXT PRIMARY KEY,
            -- Empty: the next one that answers is bound.
            machine_id TEXT NOT NULL,
            bound_at INTEGER NOT NULL,
            address TEXT NOT NULL DEFAULT '',
            -- Another one that was refused; its id may be empty.
            seen_id TEXT,
            seen_address TEXT,
            seen_at INTEGER
        ) WITHOUT ROWID;
        INSERT INTO machines (host, machine_id, bound_at)
            SELECT host, machine_id, COALESCE(last_seen, updated_at) FROM host_states
            WHERE length(machine_id) = 32 AND machine_id NOT GLOB '*[^0-9a-fA-F]*';
        """

    /// Without it for what an earlier version announced: its delivery's receiver is taken for the one.
    private static let version6 = "ALTER TABLE batches ADD COLUMN announced_to TEXT"

    private static func addToTotals(_ row: String, _ sign: String) -> String {
        """
        INSERT INTO batch_totals VALUES (COALESCE(\(row).delivery, ''), \(row).state, \(sign)1, \(sign)\(row).byte_count,
                \(sign)MAX(\(row).stored_bytes, 4096))
            ON CONFLICT (delivery, state) DO UPDATE SET file_count = file_count + excluded.file_count,
                byte_count = byte_count + excluded.byte_count, stored_bytes = stored_bytes + excluded.stored_bytes;
        """
    }
}
