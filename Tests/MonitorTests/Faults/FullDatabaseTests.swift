import Foundation
import TestServers
import Testing

@testable import Monitor

/// A database server whose file system is full: everything waits in the journal, and comes once, in order.
@Suite(.serialized, .enabled(if: SmallFileSystem.isPossible, "needs root"))
struct FullDatabaseTests {
    @Test func whatAFullDatabaseDoesNotTakeWaitsAndComesOnce() throws {
        let small = try #require(try SmallFileSystem(megabytes: 140))
        // Each run prints the next number, and so many values behind it that what InnoDB has put aside is used up within
        // seconds. (Large outputs would end the server: InnoDB does not survive it where these have no room.)
        let fleet = try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <command name="turn" interval="200ms"
                run="echo x >> $FOLDER/turns; echo $(wc -l &lt; $FOLDER/turns) '|' $(seq -f a%g=1 200)"/>
            </host>
            """,
            attributes: "interval=\"200ms\" metrics=\"uptime_seconds\"",
            database: try MariaDBServer(on: small)
        )
        let values = "SELECT value FROM metric_values WHERE metric = 'turn' AND instance = '' ORDER BY collected_at"
        try fleet.start()
        try fleet.rows(values) { $0.count >= 3 }

        small.fill()
        try fleet.log.wait(for: "error", "database", "kept in the journal", seconds: 60)
        let before = try turns(fleet)
        try fleet.wait("further polls") { try turns(fleet) >= before + 10 }
        try FileManager.default.removeItem(atPath: "\(small.folder.path)/filler")
        try fleet.rows(values) { $0.count >= before + 10 }
        fleet.stop()
        let stored = try fleet.rows(values).compactMap { Int($0) }
        #expect(stored == Array(1...stored.count))
    }

    private func turns(_ fleet: Fleet) throws -> Int {
        try String(contentsOfFile: "\(fleet.folder.path)/turns", encoding: .utf8).count { $0 == "\n" }
    }
}
