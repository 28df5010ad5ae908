import Foundation
import GRDB
import Wire

extension Journal {
    static func save(_ progress: LogProgress, in database: GRDB.Database) throws {
        let name = progress.name
        try database.cachedStatement(
            sql: """
                INSERT INTO log_states (host, log, status, state) VALUES (?, ?, ?, ?)
                ON CONFLICT (host, log) DO UPDATE SET status = excluded.status, state = excluded.state
                """
        ).execute(arguments: [name.host, name.log, try StoredJSON.encode(progress.status), Data(progress.state)])
        let save = try database.cachedStatement(
            sql: """
                INSERT INTO log_windows (host, log, window_start, state) VALUES (?, ?, ?, ?)
                ON CONFLICT (host, log, window_start) DO UPDATE SET state = excluded.state
                """
        )
        for window in progress.windows {
            try save.execute(arguments: [name.host, name.log, window.windowStart.milliseconds, Data(window.state)])
        }
        // Behind the others, which may be of several readings: none that is forgotten stays.
        if let limit = progress.windowsForgottenBefore {
            try database.cachedStatement(
                sql: "DELETE FROM log_windows WHERE host = ? AND log = ? AND window_start < ?"
            ).execute(arguments: [name.host, name.log, limit.milliseconds])
        }
    }

    /// Every log that was followed, by host and name.
    package func logStates() throws(JournalError) -> [StoredLogState] {
        try read("read") { database in
            try Row.fetchAll(database, sql: "SELECT host, log, status, state FROM log_states ORDER BY host, log")
                .map { row in
                    StoredLogState(
                        name: LogName(host: row[0], log: row[1]),
                        state: [UInt8](row[3] as Data),
                        status: try? StoredJSON.decode(LogStatusRecord.self, from: row[2] as Data)
                    )
                }
        }
    }

    /// What is remembered of a log's windows, oldest first.
    package func logWindows(of name: LogName) throws(JournalError) -> [LogWindowState] {
        try read("read") { database in
            try Row.fetchAll(
                database,
                sql: "SELECT window_start, state FROM log_windows WHERE host = ? AND log = ? ORDER BY window_start",
                arguments: [name.host, name.log]
            ).map {
                LogWindowState(windowStart: Timestamp(milliseconds: $0[0]), state: [UInt8]($0[1] as Data))
            }
        }
    }

    /// How each log stands, without what only its reader needs. Those that this version cannot read are left out.
    package func logStatuses() throws(JournalError) -> [LogName: LogStatusRecord] {
        try read("read") { database in
            var statuses: [LogName: LogStatusRecord] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT host, log, status FROM log_states")
            while let row = try rows.next() {
                statuses[LogName(host: row[0], log: row[1])] =
                    try? StoredJSON.decode(LogStatusRecord.self, from: row[2] as Data)
            }
            return statuses
        }
    }

    /// Forgets the logs that are no longer configured. One that is configured again later begins anew.
    package func removeLogStates(except names: Set<LogName>) throws(JournalError) {
        try writeFromReserve("prune") { database in
            let kept = try Row.fetchAll(
                database,
                sql: "SELECT host, log FROM log_states UNION SELECT host, log FROM log_windows"
            ).map { LogName(host: $0[0], log: $0[1]) }
            for name in kept where !names.contains(name) {
                for table in ["log_states", "log_windows"] {
                    try database.execute(
                        sql: "DELETE FROM \(table) WHERE host = ? AND log = ?",
                        arguments: [name.host, name.log]
                    )
                }
            }
        }
    }
}
