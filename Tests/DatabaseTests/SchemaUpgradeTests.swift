import Foundation
import TestServers
import Testing
import Wire

@testable import Database

extension DatabaseTests {
    /// A database of an earlier version, as released, with data in it.
    struct SchemaUpgradeTests {
        private static let versions = [1, 2, 3]

        private struct OldDatabase {
            let database: TestDatabase
            let connection: MySQLConnection
            let version: Int

            init(_ version: Int) throws {
                self.version = version
                database = try TestDatabase("upgrade")
                let model = try String(
                    contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                        .appendingPathComponent("Fixtures/db_model-version-\(version).sql"),
                    encoding: .utf8
                )
                try database.server.client([database.settings.name], input: model)
                connection = try database.connect()
                for statement in [
                    "INSERT INTO hosts (host_id, name) VALUES (7, 'web-1')",
                    """
                    INSERT INTO traffic (host_id, log_name, window_start, hits, bytes, skipped) \
                    VALUES (7, 'access', '2026-11-20 12:00:00', 5, 100, 1)
                    """,
                    "INSERT INTO traffic_sections VALUES (7, 'access', '2026-11-20 12:00:00', '/api', 5)",
                    "INSERT INTO metrics (metric_id, name) VALUES (5, 'cpu_percent')",
                    "INSERT INTO series (series_id, host_id, metric_id) VALUES (1, 7, 5)",
                    "INSERT INTO samples VALUES (1, '2026-11-20 12:00:00', 97.5)",
                    // Up to version 2 only their paths were different.
                    """
                    INSERT INTO log_batches (host_id, log_name, path, window_start, line_count, state\(version > 2 ? ", part" : "")) \
                    VALUES (7, 'access', 'a', '2026-11-20 12:00:00', 1, 'closed'\(version > 2 ? ", 1" : "")), \
                    (7, 'access', 'b', '2026-11-20 12:00:00', 2, 'sent'\(version > 2 ? ", 2" : "")), \
                    (7, 'api', 'c', '2026-11-20 12:00:00', 3, 'failed'\(version > 2 ? ", 1" : ""))
                    """,
                ] { try connection.run(statement) }
            }

            /// That everything of the newest version is there, and all the data.
            func expectComplete() throws {
                #expect(try Schema.apply(connection) == false)
                #expect(try recordedVersion == "\(Schema.version)")
                #expect(try connection.lines("SELECT value FROM samples") == ["97.5"])
                let new = try TestDatabase("new").prepared()
                for table in Schema.names {
                    let columns = """
                        SELECT COLUMN_NAME, COLUMN_TYPE, COLUMN_DEFAULT, IS_NULLABLE \
                        FROM information_schema.COLUMNS \
                        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '\(table)' ORDER BY COLUMN_NAME
                        """
                    // A column that an upgrade adds stands last; a new table may have it elsewhere.
                    #expect(try connection.lines(columns) == new.lines(columns), "\(table)")
                }
                try expectKeys(asIn: new)
                try expectRollUps()
                try DatabaseWriter(connection).write(TrafficTests.batch([TrafficTests.row(1)]))
                #expect(
                    try connection.lines("SELECT host, hits, skipped, unread FROM traffic_rates") == ["web-1|6|3|3"]
                )
                #expect(try connection.lines("SELECT section, hits FROM traffic_sections") == ["/api|6"])
                #expect(
                    try connection.lines(
                        "SELECT host, log_name, path, part, line_count, state FROM log_batch_files ORDER BY path"
                    ) == ["web-1|access|a|1|1|closed", "web-1|access|b|2|2|sent", "web-1|api|c|1|3|failed"]
                )
            }

            /// Of samples that nobody has entered as due.
            private func expectRollUps() throws {
                let now = Timestamp(milliseconds: 1_795_226_400_000)  // 2026-11-21 02:00
                #expect(try Upkeep(connection, RetentionSettings()).run(now: now)?.isComplete == true)
                for (view, start) in [("hourly", "hour_start"), ("daily", "day_start")] {
                    #expect(
                        try connection.lines("SELECT host, metric, \(start), avg, count FROM metric_values_\(view)")
                            == ["web-1|cpu_percent|2026-11-20 \(view == "hourly" ? "12" : "00"):00:00.000|97.5|1"]
                    )
                }
            }

            /// Those that were there keep the comments they had.
            func expectCommentsOnNewColumns() throws {
                let comments = """
                    SELECT COLUMN_NAME, COLUMN_COMMENT FROM information_schema.COLUMNS \
                    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'log_batches' \
                    AND COLUMN_NAME NOT IN ('path', 'state', 'window_start') ORDER BY COLUMN_NAME
                    """
                #expect(try connection.lines(comments) == TestDatabase("new").prepared().lines(comments))
            }

            private func expectKeys(asIn new: MySQLConnection) throws {
                let keys = """
                    SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) \
                    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY 1, 2, 3 ORDER BY 1, 2
                    """
                #expect(try connection.lines(keys) == new.lines(keys))
            }

            var recordedVersion: String {
                get throws { try connection.lines("SELECT MAX(version) FROM schema_version")[0] }
            }
        }

        @Test(arguments: versions)
        func dataIsKeptAndNewColumnsAreThere(version: Int) throws {
            let old = try OldDatabase(version)
            #expect(try Schema.apply(old.connection))
            try old.expectComplete()
            try old.expectCommentsOnNewColumns()
        }

        /// Behind each of its changes in turn: what has been done stays done, and the version is recorded last.
        @Test(arguments: 1...SchemaUpgrade.all.flatMap(\.steps).count)
        func anInterruptedUpgradeIsBegunAgain(changes: Int) throws {
            let old = try OldDatabase(1)
            let steps = SchemaUpgrade.all.flatMap(\.steps).prefix(changes)
            try SchemaUpgrade(version: Schema.version, steps: Array(steps)).apply(to: old.connection)
            try old.connection.run("DROP VIEW metric_values")
            #expect(try old.recordedVersion == "1")
            #expect(try Schema.apply(old.connection))
            try old.expectComplete()
        }

        @Test(arguments: zip(versions, ["traffic", "log_batches"]))
        func anUpgradeWhoseConnectionIsKilledIsBegunAgain(version: Int, table: String) throws {
            let old = try OldDatabase(version)
            let database = old.database
            // A reader's transaction holds the table, so the change of it waits.
            let reader = try database.connect()
            try reader.run("START TRANSACTION")
            _ = try reader.lines("SELECT * FROM \(table)")
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
            #expect(try old.recordedVersion == "\(version)")
            #expect(try Schema.apply(old.connection))
            try old.expectComplete()
        }

        @Test(arguments: versions)
        func fourProgramsMayUpgradeAtOnce(version: Int) throws {
            let old = try OldDatabase(version)
            let database = old.database
            let programs = (0..<4).map { _ in Background { try Schema.apply(database.connect()) } }
            #expect(try programs.map { try $0.value() }.filter { $0 }.count == 1)
            try old.expectComplete()
        }

        @Test(arguments: versions)
        func theFileByHandSaysWhatIsMissingAndLosesNothing(version: Int) throws {
            let old = try OldDatabase(version)
            let (server, name) = (old.database.server, old.database.settings.name)
            if version < 3 {
                #expect(throws: TestProcess.Failure.self) { try server.client([name], input: Schema.text) }
                #expect(try old.recordedVersion == "\(version)")
            }
            // The statements that the file's head offers for this version.
            let offered = Schema.text.split(separator: "\n").filter { $0.hasPrefix("--     ") }
                .map { $0.dropFirst(7) }.filter { !$0.hasPrefix("mysql ") }
            #expect(offered.count == 4)
            let needed = offered.dropFirst([0, 1, 4][version - 1])
            try server.client([name], input: needed.joined(separator: "\n"))
            try server.client([name], input: Schema.text)
            try old.expectComplete()
        }

        /// It has the rows of a month: rewriting it would hold everything up, and would have to be said before.
        @Test func noUpgradeTouchesSamples() {
            for step in SchemaUpgrade.all.flatMap(\.steps) {
                switch step {
                case .addColumn(let table, _, _), .addKey(let table, _, _, _), .dropKey(let table, _):
                    #expect(table != "samples")
                }
            }
        }

        @Test func aUserWithoutTheRightToAlterIsToldWhichIsMissing() throws {
            let database = try OldDatabase(2).database
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
