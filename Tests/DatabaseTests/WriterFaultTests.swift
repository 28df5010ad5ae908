import Database
import Foundation
import TestServers
import Testing
import Wire

extension DatabaseTests {
    /// What goes wrong around a writer: nothing is lost, nothing is there twice.
    struct WriterFaultTests {
        private static let noon = DatabaseWriterTests.noon

        private static func poll(_ second: Int64, host: String = "web-1", extra: [SeriesSample] = []) -> DatabaseBatch {
            let time = Timestamp(milliseconds: noon.milliseconds + second * 1_000)
            return DatabaseBatch(
                hosts: [HostRow(name: host, address: "192.0.2.1", state: .up, lastSeen: time)],
                samples: [
                    HostSamples(
                        host: host,
                        collectedAt: time,
                        samples: [
                            SeriesSample(metric: "cpu_percent", value: Double(second)),
                            SeriesSample(metric: "disk_used_percent", instance: "/", value: Double(second)),
                        ] + extra
                    )
                ]
            )
        }

        private func count(_ connection: MySQLConnection, _ host: String = "web-1") throws -> String {
            try connection.lines("SELECT COUNT(*) FROM metric_values WHERE host = '\(host)'")[0]
        }

        @Test(arguments: ["series", "hosts", "metrics", "series, hosts, metrics"])
        func rowsThatSomebodyDeletesAreMadeAgain(tables: String) throws {
            let name = "rowsDeleted_" + tables.filter(\.isLetter)
            let connection = try TestDatabase(name).prepared()
            let writer = DatabaseWriter(connection, checkInterval: .zero)
            try writer.register(metrics: [MetricRow(name: "cpu_percent", unit: "percent", description: "")])
            try writer.write(Self.poll(0))
            let before = try connection.lines(
                "SELECT host, metric, instance, value, unit FROM metric_values ORDER BY 2"
            )
            for table in tables.split(separator: ", ") { try connection.run("DELETE FROM \(table)") }
            try writer.write(Self.poll(1))
            #expect(try count(connection) == "4")
            #expect(
                try connection.lines(
                    "SELECT host, metric, instance, value, unit FROM metric_values WHERE value = 0 ORDER BY 2"
                ) == before
            )
            #expect(try connection.lines("SELECT address, state FROM hosts") == ["192.0.2.1|up"])
        }

        @Test(arguments: ["series", "hosts", "metrics"])
        func numbersThatWereGivenToOthersAreNotUsed(table: String) throws {
            let connection = try TestDatabase("taken_\(table)").prepared()
            let writer = DatabaseWriter(connection, checkInterval: .zero)
            try writer.write(Self.poll(0))
            try connection.run("TRUNCATE \(table)")
            switch table {
            case "series":
                try connection.run(
                    "INSERT INTO series (host_id, metric_id, instance) VALUES (99, 1, 'theirs'), (99, 2, '')"
                )
            case "hosts": try connection.run("INSERT INTO hosts (name) VALUES ('theirs')")
            default:
                try connection.run("INSERT INTO metrics (name) VALUES ('x'), ('disk_used_percent'), ('cpu_percent')")
            }
            try writer.write(Self.poll(1))
            try writer.write(Self.poll(2))
            // What was written since is under the right names.
            #expect(
                try connection.lines(
                    "SELECT host, metric, instance, value FROM metric_values WHERE value > 0 ORDER BY 4, 2"
                )
                    == [
                        "web-1|cpu_percent||1", "web-1|disk_used_percent|/|1", "web-1|cpu_percent||2",
                        "web-1|disk_used_percent|/|2",
                    ]
            )
        }

        @Test func aHostRenamedInTheDatabaseGetsARowOfItsOwn() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection, checkInterval: .seconds(3_600))
            try writer.write(Self.poll(0))
            try writer.write(Self.poll(0, host: "web-2"))
            try connection.run("UPDATE hosts SET name = 'old' WHERE name = 'web-2'")
            try connection.run("UPDATE hosts SET name = 'web-2' WHERE name = 'web-1'")
            try connection.run("UPDATE hosts SET name = 'web-1' WHERE name = 'old'")
            try writer.write(Self.poll(1))
            #expect(try count(connection, "web-1") == "4")
        }

        @Test func aFailedTransactionLeavesNothingAndTheWriterGoesOn() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try connection.run("ALTER TABLE command_outputs RENAME TO gone")
            var batch = Self.poll(0)
            batch.commandOutputs = [
                CommandOutputRow(
                    host: "web-1",
                    command: "c",
                    startedAt: Self.noon,
                    durationMilliseconds: 1,
                    ending: .exited,
                    status: 0,
                    output: [],
                    isTruncated: false
                )
            ]
            do {
                try writer.write(batch)
                Issue.record("wrote into a table that is not there")
            } catch {
                #expect(error.code == 1146 && !error.isTransient && !error.isConnectionLost)
            }
            #expect(try connection.lines("SELECT COUNT(*) FROM samples") == ["0"])
            #expect(try connection.lines("SELECT state FROM hosts") == ["unknown"])
            try connection.run("ALTER TABLE gone RENAME TO command_outputs")
            try writer.write(batch)
            #expect(try count(connection) == "2")
        }

        @Test func aConnectionKilledInMidTransactionLeavesNothing() throws {
            let database = try TestDatabase()
            let writer = DatabaseWriter(try database.prepared())
            try writer.write(Self.poll(0))
            // The alerts are locked, so the transaction stops behind its samples.
            let other = try database.connect()
            try other.run("LOCK TABLES alerts WRITE")
            var batch = Self.poll(1, extra: [SeriesSample(metric: "new", value: 1)])
            batch.alerts = [AlertRow(alertID: "a", host: "web-1", type: "cpu_percent", openedAt: Self.noon)]
            let number = writer.connection.connectionNumber
            let killing = Background {
                let watcher = try database.connect()
                let waits =
                    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = \(number) AND STATE LIKE '%lock%'"
                try watcher.waitUntil(waits)
                try watcher.run("KILL \(number)")
            }
            do {
                try writer.write(batch)
                Issue.record("wrote through a killed connection")
            } catch {
                #expect(error.isTransient && error.isConnectionLost, "\(error)")
                #expect(!writer.connection.isUsable)
            }
            try killing.value()
            try other.run("UNLOCK TABLES")
            #expect(try count(other) == "2")
            let next = DatabaseWriter(try database.connect())
            try next.write(batch)
            try next.write(batch)
            #expect(try count(other) == "5")
            #expect(try other.lines("SELECT COUNT(*) FROM alerts") == ["1"])
        }

        @Test func aDeadlockIsTransientAndTheBatchGoesInLater() throws {
            let database = try TestDatabase()
            let first = DatabaseWriter(try database.prepared())
            try first.write(Self.poll(0))
            var batch = Self.poll(1)
            batch.alerts = [AlertRow(alertID: "a", host: "web-1", type: "cpu_percent", openedAt: Self.noon)]
            try first.write(batch)
            let changed = batch
            // The other one has the alert, and has changed so much that the server lets it live.
            let other = try database.connect()
            try other.run("START TRANSACTION")
            try other.run("UPDATE alerts SET reason = 'x'")
            try other.run("INSERT INTO metrics (name) SELECT CONCAT('m', seq) FROM seq_1_to_500")
            var patient = database.settings
            patient.statementTimeout = .seconds(40)
            let settings = patient
            let writing = Background { () throws -> DatabaseError? in
                let writer = DatabaseWriter(try MySQLConnection(settings))
                do throws(DatabaseError) {
                    try writer.write(changed)
                    return nil
                } catch {
                    let first = error
                    try writer.write(changed)
                    return first
                }
            }
            // It has the host and waits for the alert; now the other one wants the host.
            try database.connect().waitForLockWait()
            try other.run("UPDATE hosts SET address = 'y'")
            try other.run("COMMIT")
            let error = try #require(try writing.value())
            #expect(error.code == 1213 && error.isTransient && !error.isConnectionLost)
            #expect(try count(first.connection) == "4")
        }

        @Test func aReadOnlyServerIsTransient() throws {
            let server = try MariaDBServer()
            defer { server.stop() }
            let settings = DatabaseSettings(socket: server.socket, name: MariaDBServer.database, user: "writer")
            try server.client(
                input: "CREATE USER writer@localhost; GRANT ALL ON \(MariaDBServer.database).* TO writer@localhost;"
            )
            let connection = try MySQLConnection(settings)
            try Schema.apply(connection)
            let writer = DatabaseWriter(connection)
            try writer.write(Self.poll(0))
            try server.client(input: "SET GLOBAL read_only = 1")
            do {
                try writer.write(Self.poll(1))
                Issue.record("wrote to a read-only server")
            } catch {
                #expect(error.code == 1290 && error.isTransient && error.mend?.contains("read-only") == true)
            }
            try server.client(input: "SET GLOBAL read_only = 0")
            try writer.write(Self.poll(1))
            #expect(try count(connection) == "4")
        }

        @Test func aServerThatWasAwayGetsEverythingLater() throws {
            let folder = try TestFolder("away")
            let server = try EmbeddedServer(directory: folder.path)
            defer { server.stop() }
            let settings = try server.start()
            let connection = try MySQLConnection(settings)
            try Schema.apply(connection)
            let writer = DatabaseWriter(connection)
            try writer.write(Self.poll(0))
            server.stop()
            do {
                try writer.write(Self.poll(1))
                Issue.record("wrote to a stopped server")
            } catch {
                #expect(error.isTransient && error.isConnectionLost, "\(error)")
            }
            do {
                _ = try MySQLConnection(settings)
                Issue.record("connected to a stopped server")
            } catch {
                #expect(error.isTransient)
            }
            try server.start()
            let again = try MySQLConnection(settings)
            #expect(try Schema.apply(again) == false)
            try DatabaseWriter(again).write(Self.poll(1))
            #expect(try count(again) == "4")
        }
    }
}
