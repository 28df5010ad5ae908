import Database
import Foundation
import TestServers
import Testing
import Wire

extension DatabaseTests {
    /// What goes wrong while traffic is counted: each request is counted once.
    struct TrafficFaultTests {
        private func row(_ record: Int64, at second: Int64 = 0) -> TrafficRow { TrafficTests.row(record, at: second) }

        private func batch(_ rows: [TrafficRow]) -> DatabaseBatch { TrafficTests.batch(rows) }

        private func hits(_ connection: MySQLConnection) throws -> String {
            try connection.lines("SELECT COALESCE(SUM(hits), 0) FROM traffic")[0]
        }

        /// Writes through new connections until one says that it is stored; returns how many that took.
        private func persist(_ batch: DatabaseBatch, _ settings: DatabaseSettings) throws -> Int {
            for attempt in 1...10 {
                let writer = DatabaseWriter(try MySQLConnection(settings))
                do throws(DatabaseError) {
                    try writer.write(batch)
                    return attempt
                } catch {
                    guard error.isTransient, error.isConnectionLost else { throw error }
                }
            }
            Issue.record("never stored")
            return 0
        }

        @Test(arguments: CommitCutter.Cut.allCases)
        func aLostConfirmationIsNotCountedAgain(cut: CommitCutter.Cut) throws {
            let database = try TestDatabase("lost_\(cut)")
            let connection = try database.prepared()
            // A host's row is committed by itself, ahead of the batch.
            try connection.run("INSERT INTO hosts (name) VALUES ('web-1')")
            let cutter = try CommitCutter(to: database.server.socket, [cut, nil, cut, cut])
            var settings = database.settings
            settings.socket = cutter.socket
            #expect(try persist(batch([row(1), row(2, at: 10)]), settings) == 2)
            #expect(try hits(connection) == "2")
            // Another part of the records in the second attempt.
            #expect(throws: DatabaseError.self) {
                try DatabaseWriter(MySQLConnection(settings)).write(batch([row(3), row(4)]))
            }
            #expect(try persist(batch([row(3)]), settings) == 2)
            #expect(try persist(batch([row(4), row(5)]), settings) == 1)
            #expect(try hits(connection) == "5")
            #expect(cutter.commitCount == 6)
        }

        @Test func aConnectionKilledInMidTransactionCountsNothing() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            let writer = DatabaseWriter(try database.connect())
            try writer.write(batch([row(1)]))
            // The sections are locked, so the transaction stops behind its windows.
            try connection.run("START TRANSACTION")
            try connection.run("UPDATE traffic_sections SET hits = hits")
            let number = writer.connection.connectionNumber
            let killing = Background {
                let watcher = try database.connect()
                try watcher.waitForLockWait()
                try watcher.run("KILL \(number)")
            }
            do {
                try writer.write(batch([row(2)]))
                Issue.record("wrote through a killed connection")
            } catch {
                #expect(error.isTransient && error.isConnectionLost)
            }
            try killing.value()
            try connection.run("ROLLBACK")
            #expect(try hits(connection) == "1")
            _ = try persist(batch([row(2)]), database.settings)
            #expect(try hits(connection) == "2")
        }

        /// The server goes on with a transaction of a connection that we have given up.
        @Test func anEarlierConnectionThatStillCommitsIsWaitedFor() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            let first = DatabaseWriter(connection)
            try first.write(batch([row(1)]))
            let earlier = try database.connect()
            try earlier.run("START TRANSACTION")
            try earlier.run("UPDATE traffic SET hits = hits + 1")
            try earlier.run(
                "UPDATE journal_positions SET last_record = 2, recorded_at = recorded_at + INTERVAL 1000 MICROSECOND"
            )
            let later = Background { () throws -> JournalPosition? in
                let writer = DatabaseWriter(try database.connect())
                let position = try writer.position(of: "j")
                try writer.write(batch([row(2), row(3)]))
                return position
            }
            try database.connect().waitForLockWait()
            try earlier.run("COMMIT")
            #expect(try later.value()?.record == 2)
            #expect(try hits(connection) == "3")
        }

        @Test func aDeadlockIsTransientAndTheBatchIsCountedOnceLater() throws {
            let database = try TestDatabase()
            let writer = DatabaseWriter(try database.prepared())
            try writer.write(batch([row(1), row(1, at: 10)]))
            // The other one has the sections, and has changed so much that the server lets it live.
            let other = try database.connect()
            try other.run("START TRANSACTION")
            try other.run("UPDATE traffic_sections SET hits = hits + 0")
            try other.run("INSERT INTO metrics (name) SELECT CONCAT('m', seq) FROM seq_1_to_500")
            let settings = database.settings
            let writing = Background { () throws -> DatabaseError? in
                let writer = DatabaseWriter(try MySQLConnection(settings))
                do throws(DatabaseError) {
                    try writer.write(batch([row(2)]))
                    return nil
                } catch {
                    let first = error
                    try writer.write(batch([row(2)]))
                    return first
                }
            }
            try database.connect().waitForLockWait()
            try other.run("UPDATE traffic SET bytes = 0")
            try other.run("COMMIT")
            let error = try #require(try writing.value())
            #expect(error.code == 1213 && error.isTransient && !error.isConnectionLost)
            #expect(try hits(other) == "3")
        }

        /// Two programs with one journal: neither passes over what it has not counted itself.
        @Test func aPositionThatSomebodyElseMovesFailsTheBatch() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            let writer = DatabaseWriter(connection)
            #expect(try writer.position(of: "j") == nil)
            try writer.write(batch([row(1)]))
            try DatabaseWriter(database.connect()).write(batch([row(5)]))
            do {
                try writer.write(batch([row(3)]))
                Issue.record("passed over a record that was never counted")
            } catch {
                #expect(error.isTransient && !error.isConnectionLost)
                #expect(error.description.contains("state directory"))
            }
            #expect(try hits(connection) == "2")
            #expect(try writer.position(of: "j")?.record == 5)
        }
    }
}
