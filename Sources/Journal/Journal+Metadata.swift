import GRDB

/// What the daemon remembers about itself, e.g. whether it ended cleanly.
package enum MetadataName: String, Sendable, CaseIterable {
    /// Random, made once: tells this state directory's metricsd from others that write to the same database.
    case instanceID = "instance_id"
    /// "1" from a clean end to the next start.
    case cleanShutdown = "clean_shutdown"
    /// Up to when summaries have told, in milliseconds since 1970.
    case summarySentThrough = "summary_sent_through"
    /// What became of the last reload, as JSON; from the start on, so that who asks for one knows whom.
    case lastReload = "last_reload"
    /// Why nothing reaches the database, while that is so.
    case databaseTrouble = "database_trouble"
}

extension Journal {
    package func metadata(_ name: MetadataName) throws(JournalError) -> String? {
        try read("read") { database in
            try String.fetchOne(
                database,
                sql: "SELECT value FROM metadata WHERE name = ?",
                arguments: [name.rawValue]
            )
        }
    }

    /// Nil removes it.
    package func setMetadata(_ name: MetadataName, to value: String?) throws(JournalError) {
        try write("write to") { database in
            if let value {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO metadata (name, value) VALUES (?, ?)",
                    arguments: [name.rawValue, value]
                )
            } else {
                try database.execute(sql: "DELETE FROM metadata WHERE name = ?", arguments: [name.rawValue])
            }
        }
    }
}
