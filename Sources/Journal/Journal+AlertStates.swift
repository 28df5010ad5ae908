package import Alerts
import Foundation
import GRDB

/// The alert states that the journal kept.
package struct StoredAlertStates: Equatable, Sendable {
    package var states: [AlertState]
    /// `host rule instance` of those that this version cannot read, to be logged: their alerts begin anew.
    package var unreadable: [String]
}

extension Journal {
    static func keepState(of change: AlertChange, in database: GRDB.Database) throws {
        if let state = change.state {
            try database.cachedStatement(
                sql: """
                    INSERT INTO alert_states (host, rule, instance, state) VALUES (?, ?, ?, ?)
                    ON CONFLICT (host, rule, instance) DO UPDATE SET state = excluded.state
                    """
            ).execute(arguments: [change.host, change.ruleKey, change.instance, try StoredJSON.encode(state)])
        } else {
            try database.cachedStatement(
                sql: "DELETE FROM alert_states WHERE host = ? AND rule = ? AND instance = ?"
            ).execute(arguments: [change.host, change.ruleKey, change.instance])
        }
    }

    /// Every state that was kept, by host, rule and instance.
    package func alertStates() throws(JournalError) -> StoredAlertStates {
        try read("read") { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT host, rule, instance, state FROM alert_states ORDER BY host, rule, instance"
            )
            var stored = StoredAlertStates(states: [], unreadable: [])
            while let row = try rows.next() {
                if let state = try? StoredJSON.decode(AlertState.self, from: row[3] as Data) {
                    stored.states.append(state)
                } else {
                    stored.unreadable.append("\(row[0] as String) \(row[1] as String) \(row[2] as String)")
                }
            }
            return stored
        }
    }
}
