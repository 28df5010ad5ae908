import Database
import Foundation
import TestServers
import Testing
import Wire

extension DatabaseTests {
    /// A database of version 1, as released, with data in it.
    struct SchemaUpgradeTests {
        private let database: TestDatabase
        private let connection: MySQLConnection

        init() throws {
            database = try TestDatabase("upgrade")
            let model = try String(
                contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                    .appendingPathComponent("Fixtures/db_model-version-1.sql"),
                encoding: .utf8
            )
            try database.server.client([database.settings.name], input: model)
            connection = try database.connect()
            try connection.run("INSERT INTO hosts (host_id, name) VALUES (7, 'web-1')")
            try connection.run(
                """
                INSERT INTO traffic (host_id, log_name, window_start, hits, bytes, skipped) \
                VALUES (7, 'access', '2026-11-20 12:00:00', 5, 100, 1)
                """
            )
            try connection.run(
                "INSERT INTO traffic_sections VALUES (7, 'access', '2026-11-20 12:00:00', '/api', 5)"
            )
            try connection.run("INSERT INTO samples VALUES (1, '2026-11-20 12:00:00', 97.5)")
        }

        /// That everything of the newest version is there, and all the data.
        private func expectComplete() throws {
            #expect(try Schema.apply(connection) == false)
            #expect(try connection.lines("SELECT MAX(version) FROM schema_version") == ["\(Schema.version)"])
            #expect(try connection.lines("SELECT value FROM samples") == ["97.5"])
            let new = try TestDatabase("new").prepared()
            for table in Schema.names {
                let columns = """
                    SELECT COLUMN_NAME, COLUMN_TYPE, COLUMN_DEFAULT, IS_NULLABLE FROM information_schema.COLUMNS \
                    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '\(table)' ORDER BY ORDINAL_POSITION
                    """
                let old = try connection.lines(columns)
                // A column that an upgrade adds stands last; a new table may have it elsewhere.
                #expect(try Set(old) == Set(new.lines(columns)), "\(table)")
            }
            try DatabaseWriter(connection).write(TrafficTests.batch([TrafficTests.row(1)]))
            #expect(
                try connection.lines(
                    "SELECT host, hits, skipped, unread FROM traffic_rates"
                ) == ["web-1|6|3|3"]
            )
            #expect(try connection.lines("SELECT section, hits FROM traffic_sections") == ["/api|6"])
        }

        @Test func dataIsKeptAndNewColumnsAreThere() throws {
            #expect(try Schema.apply(connection))
            try expectComplete()
        }

        @Test func anInterruptedUpgradeIsBegunAgain() throws {
            // Behind each statement in turn: what has been done stays done, and the version is recorded last.
            try connection.run(
                "ALTER TABLE traffic ADD COLUMN unread BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'x'"
            )
            try connection.run("DROP VIEW metric_values")
            #expect(try Schema.apply(connection))
            try expectComplete()
        }

        @Test func anUpgradeWhoseConnectionIsKilledIsBegunAgain() throws {
            // A reader's transaction holds the table, so the change of it waits.
            let reader = try database.connect()
            try reader.run("START TRANSACTION")
            _ = try reader.lines("SELECT * FROM traffic")
            let database = database
            let upgrading = try database.connect()
            let number = upgrading.connectionNumber
            let killing = Background {
                let watcher = try database.connect()
                try watcher.waitUntil(
                    """
                    SELECT COUNT(*) FROM information_schema.PROCESSLIST \
                    WHERE ID = \(number) AND STATE LIKE 'Waiting for table metadata lock'
                    """
                )
                try watcher.run("KILL \(number)")
            }
            do {
                try Schema.apply(upgrading)
                Issue.record("upgraded through a killed connection")
            } catch {
                #expect(error.isTransient && error.isConnectionLost)
            }
            try killing.value()
            try reader.run("COMMIT")
            #expect(try connection.lines("SELECT MAX(version) FROM schema_version") == ["1"])
            #expect(try Schema.apply(connection))
            try expectComplete()
        }

        @Test func fourProgramsMayUpgradeAtOnce() throws {
            let database = database
            let programs = (0..<4).map { _ in Background { try Schema.apply(database.connect()) } }
            #expect(try programs.map { try $0.value() }.filter { $0 }.count == 1)
            try expectComplete()
        }

        @Test func theFileByHandSaysWhatIsMissingAndLosesNothing() throws {
            let name = database.settings.name
            #expect(throws: TestProcess.Failure.self) { try database.server.client([name], input: Schema.text) }
            #expect(try connection.lines("SELECT MAX(version) FROM schema_version") == ["1"])
            // The statement that the file's head offers.
            let alter = try #require(Schema.text.split(separator: "\n").first { $0.contains("ALTER TABLE traffic") })
            try database.server.client([name], input: String(alter.drop { $0 == "-" }) + Schema.text)
            try expectComplete()
        }

        @Test func aUserWithoutTheRightToAlterIsToldWhichIsMissing() throws {
            let name = database.settings.name
            let user = "w\(UInt32.random(in: 0 ... .max))"
            try database.server.client(
                input: "CREATE USER '\(user)'; GRANT SELECT, INSERT, UPDATE ON `\(name)`.* TO '\(user)';"
            )
            var settings = database.settings
            settings.user = user
            do {
                try Schema.apply(MySQLConnection(settings))
                Issue.record("altered without the right to")
            } catch {
                #expect(error.code == 1142 && error.description.contains("GRANT"))
            }
        }
    }
}
