import Foundation
import GRDB

/// Where an alert's state machine belongs: one per host, rule and instance.
package struct AlertStateKey: Hashable, Sendable {
    package var host: String
    /// The rule's own key, the same across restarts as long as the rule means the same.
    package var rule: String
    package var instance: String

    package init(host: String, rule: String, instance: String) {
        self.host = host
        self.rule = rule
        self.instance = instance
    }
}

/// A state as the journal keeps it: the key to find it by, and the state itself as JSON that only `Alerts` reads.
package struct StoredAlertState: Equatable, Sendable {
    package var key: AlertStateKey
    package var json: [UInt8]

    package init(key: AlertStateKey, json: [UInt8]) {
        self.key = key
        self.json = json
    }

    package init(key: AlertStateKey, _ state: some Encodable) throws {
        self.init(key: key, json: [UInt8](try JSONEncoder().encode(state)))
    }

    package func decoded<State: Decodable>(as type: State.Type) throws -> State {
        try JSONDecoder().decode(type, from: Data(json))
    }
}

package enum AlertStateChange: Equatable, Sendable {
    case save(StoredAlertState)
    case delete(AlertStateKey)
}

extension Journal {
    static func apply(_ change: AlertStateChange, to database: GRDB.Database) throws {
        switch change {
        case .save(let stored):
            try database.cachedStatement(
                sql: """
                    INSERT INTO alert_states (host, rule, instance, state) VALUES (?, ?, ?, ?)
                    ON CONFLICT (host, rule, instance) DO UPDATE SET state = excluded.state
                    """
            ).execute(arguments: [stored.key.host, stored.key.rule, stored.key.instance, Data(stored.json)])
        case .delete(let key):
            try database.cachedStatement(
                sql: "DELETE FROM alert_states WHERE host = ? AND rule = ? AND instance = ?"
            ).execute(arguments: [key.host, key.rule, key.instance])
        }
    }

    /// Every state that was kept, by host, rule and instance.
    package func alertStates() throws(JournalError) -> [StoredAlertState] {
        try read("read") { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT host, rule, instance, state FROM alert_states ORDER BY host, rule, instance"
            )
            var states: [StoredAlertState] = []
            while let row = try rows.next() {
                let key = AlertStateKey(host: row[0], rule: row[1], instance: row[2])
                states.append(StoredAlertState(key: key, json: [UInt8](row[3] as Data)))
            }
            return states
        }
    }
}
