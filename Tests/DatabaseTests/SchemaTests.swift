import Foundation
import Secrets
import TestServers
import Testing
import Wire

@testable import Database

extension DatabaseTests {
    struct SchemaTests {
        /// The design's "Promised: MySQL".
        static let promised = [
            "hosts": "host_id name address port machine_id kernel architecture state last_seen last_error",
            "metrics": "metric_id name unit description",
            "series": "series_id host_id metric_id instance",
            "samples": "series_id collected_at value",
            "samples_hourly": "series_id min avg max count",
            "samples_daily": "series_id min avg max count",
            "alerts": "host type instance severity threshold value opened_at resolved_at peak",
            "command_outputs": "host_id command started_at exit_status output",
            "traffic": "window_start hits bytes status_2xx clients skipped unread",
            "traffic_sections": "window_start section hits",
            "log_batches": "path window_start line_count byte_count sha256 state attempts remote_path sent_at",
            "log_batch_files": "host log_name window_start window_end part state delivery line_count sha256 closed_at",
            "metric_values": "host address metric instance value unit collected_at",
            "latest_metric_values": "host address metric instance value unit collected_at",
            "metric_values_hourly": "host address metric instance min avg max count unit hour_start",
            "metric_values_daily": "host address metric instance min avg max count unit day_start",
            "traffic_rates": "host log_name window_start hits requests_per_second server_error_percent clients",
            "open_alerts": "host type instance severity threshold value opened_at",
        ]

        /// What metricsd keeps for itself.
        static let own = ["schema_version", "journal_positions", "rollups_due", "rollups"]

        /// The file at the top, as it stands next to the sources.
        static var file: String {
            get throws {
                try String(
                    contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                        .appendingPathComponent("../../db_model.sql"),
                    encoding: .utf8
                )
            }
        }

        @Test func theFileOfTheRepositoryIsInTheProgram() throws {
            #expect(try Schema.text == Self.file)
        }

        @Test func theClientAppliesItTwiceAndMetricsdFindsNothingToDo() throws {
            let database = try TestDatabase()
            let name = database.settings.name
            try database.server.client([name], input: Self.file)
            try database.server.client([name], input: "INSERT INTO hosts (name) VALUES ('web-1')")
            try database.server.client([name], input: Self.file)
            let connection = try database.connect()
            #expect(try Schema.apply(connection) == false)
            #expect(try connection.lines("SELECT name FROM hosts") == ["web-1"])
            #expect(try connection.lines("SELECT version FROM schema_version") == ["\(Schema.version)"])
        }

        @Test func hasEveryPromisedColumn() throws {
            let connection = try TestDatabase().prepared()
            #expect(Set(Schema.names) == Set(Self.promised.keys).union(Self.own))
            for (table, columns) in Self.promised {
                let list = columns.split(separator: " ").joined(separator: ", ")
                try connection.query("SELECT \(list) FROM \(table)", operation: table) { _ in }
            }
        }

        @Test func theQueriesOfTheReadmeRun() throws {
            let connection = try TestDatabase().prepared()
            let readme = try String(
                contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                    .appendingPathComponent("../../README.md"),
                encoding: .utf8
            )
            let blocks = readme.components(separatedBy: "```sql\n").dropFirst().map {
                $0.components(separatedBy: "\n```")[0]
            }
            let queries = StatementSplitter.statements(in: blocks.joined(separator: "\n"))
            #expect(queries.count > 10)
            for query in queries { _ = try connection.lines(query) }
        }

        @Test func everyTableHasAPrimaryKeyACommentAndInnoDB() throws {
            let connection = try TestDatabase().prepared()
            let tables =
                "FROM information_schema.TABLES t WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'"
            let count = try connection.lines("SELECT COUNT(*) \(tables)")
            #expect(count == ["\(Schema.names.count - 7)"])
            #expect(
                try connection.lines("SELECT COUNT(*) \(tables) AND ENGINE = 'InnoDB' AND TABLE_COMMENT <> ''") == count
            )
            let keyed = """
                SELECT COUNT(DISTINCT TABLE_NAME) FROM information_schema.TABLE_CONSTRAINTS \
                WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_TYPE = 'PRIMARY KEY'
                """
            #expect(try connection.lines(keyed) == count)
            let other = """
                SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() \
                AND COLLATION_NAME <> 'utf8mb4_bin' AND TABLE_NAME NOT IN (SELECT TABLE_NAME FROM \
                information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE())
                """
            #expect(try connection.lines(other) == [])
            let times = """
                SELECT DISTINCT DATA_TYPE, DATETIME_PRECISION FROM information_schema.COLUMNS \
                WHERE TABLE_SCHEMA = DATABASE() AND DATA_TYPE IN ('date', 'time', 'datetime', 'timestamp')
                """
            #expect(try connection.lines(times) == ["datetime|3"])
        }

        @Test func noNameIsAReservedWordOfEitherServer() throws {
            let connection = try TestDatabase().prepared()
            let words = Set(
                try String(
                    contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                        .appendingPathComponent("Fixtures/reserved-words.txt"),
                    encoding: .utf8
                ).split(separator: "\n").filter { !$0.hasPrefix("#") }
                    .flatMap { $0.split(separator: " ") }.map { $0.uppercased() }
            )
            #expect(words.contains("SELECT") && words.contains("LATERAL") && words.count > 250)
            let columns = "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
            let names = Set(
                try connection.lines("SELECT DISTINCT COLUMN_NAME \(columns)")
                    + connection.lines("SELECT DISTINCT TABLE_NAME \(columns)")
            )
            #expect(names.count > 60)
            #expect(names.filter { words.contains($0.uppercased()) } == [])
            for name in names.sorted() {
                try connection.run("CREATE TEMPORARY TABLE plain (\(name) INT, PRIMARY KEY (\(name)))")
                try connection.query("SELECT \(name) AS \(name) FROM plain p WHERE p.\(name) > 0", operation: name) {
                    _ in
                }
                try connection.run("DROP TEMPORARY TABLE plain")
            }
        }

        @Test func appliesTwiceAndMakesAgainWhatIsMissing() throws {
            let connection = try TestDatabase().connect()
            #expect(try Schema.apply(connection))
            #expect(try Schema.apply(connection) == false)
            try connection.run("DROP VIEW open_alerts")
            try connection.run("DROP TABLE traffic")
            #expect(try Schema.apply(connection))
            #expect(try connection.lines("SELECT COUNT(*) FROM open_alerts, traffic") == ["0"])
        }

        @Test func refusesANewerSchema() throws {
            let connection = try TestDatabase().prepared()
            try connection.run("INSERT INTO schema_version VALUES (99, UTC_TIMESTAMP())")
            do {
                try Schema.apply(connection)
                Issue.record("applied over a newer schema")
            } catch {
                #expect(error.description.contains("version 99"))
                #expect(error.description.contains("newer metricsd"))
                #expect(!error.isTransient)
            }
        }

        @Test func fourProgramsMayApplyItAtOnce() throws {
            let database = try TestDatabase()
            let programs = (0..<4).map { _ in Background { try Schema.apply(database.connect()) } }
            #expect(try programs.map { try $0.value() }.filter { $0 }.count == 1)
        }

        @Test func aUserWithoutTheRightToCreateCanGoOnWithACompleteDatabase() throws {
            let database = try TestDatabase()
            _ = try database.prepared()
            let name = database.settings.name
            try database.server.client(
                input: """
                    CREATE OR REPLACE USER 'writer' IDENTIFIED BY 'w';
                    GRANT SELECT, INSERT, UPDATE ON `\(name)`.* TO 'writer';
                    """
            )
            var settings = database.settings
            settings.user = "writer"
            settings.password = Secret(.inline("w"))
            let connection = try MySQLConnection(settings)
            #expect(try Schema.apply(connection) == false)
            try database.server.client([name], input: "DROP TABLE traffic")
            do {
                try Schema.apply(connection)
                Issue.record("created without the right to")
            } catch {
                #expect(error.code == 1142)
                #expect(error.description.contains("GRANT"))
            }
        }
    }
}
