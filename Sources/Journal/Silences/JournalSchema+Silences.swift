extension JournalSchema {
    /// What `metricsd silence` writes, also while another metricsd runs on the journal.
    static let silences = """
        CREATE TABLE silences (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            -- A name or a pattern.
            host TEXT NOT NULL,
            -- '' for all alerts.
            type TEXT NOT NULL,
            from_at INTEGER NOT NULL,
            until_at INTEGER NOT NULL,
            is_duration INTEGER NOT NULL,
            reason TEXT NOT NULL,
            author TEXT NOT NULL,
            ended_at INTEGER
        );
        CREATE INDEX silences_active ON silences (until_at) WHERE ended_at IS NULL;
        """
}
