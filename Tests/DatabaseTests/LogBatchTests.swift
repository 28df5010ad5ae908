import Foundation
import TestServers
import Testing
import Wire

@testable import Database

extension DatabaseTests {
    /// The receipts of batch files.
    struct LogBatchTests {
        private static let noon = TrafficTests.noon

        private static func time(_ second: Int64) -> Timestamp {
            Timestamp(milliseconds: noon.milliseconds + second * 1_000)
        }

        /// All that is ever told of a file, in order.
        private static func story(part: Int = 1, openedAt second: Int64 = 1) -> [LogBatchRow] {
            var row = LogBatchRow(
                host: "web-1",
                log: "access",
                windowStart: noon,
                windowSeconds: 1_200,
                part: part,
                path: "logs/web-1/access/access_26112012_00-19.log",
                lineCount: 1,
                byteCount: 100,
                openedAt: time(second),
                delivery: "edw"
            )
            var rows = [row]
            func then(_ change: (inout LogBatchRow) -> Void) {
                change(&row)
                rows.append(row)
            }
            then { ($0.lineCount, $0.byteCount) = (20, 2_000) }
            then { ($0.state, $0.closedAt, $0.sha256) = (.closed, time(1_320), String(repeating: "a", count: 64)) }
            then { ($0.attempts, $0.lastError) = (1, "edw: connection refused") }
            then { ($0.state, $0.attempts, $0.path) = (.failed, 3, "logs/web-1/access/failed/x.log") }
            then { $0.attempts = 4 }
            then {
                ($0.state, $0.attempts, $0.path) = (.sent, 5, "logs/web-1/access/sent/x.log")
                ($0.sentAt, $0.remotePath, $0.lastError) = (time(4_000), "incoming/x.log", nil)
            }
            then { ($0.isCompressed, $0.path) = (true, "logs/web-1/access/sent/x.log.gz") }
            then { $0.removedAt = time(700_000) }
            return rows
        }

        private static let columns = """
            host, log_name, window_start, window_end, part, state, delivery, line_count, byte_count, sha256, path, \
            opened_at, closed_at, attempts, last_error, remote_path, sent_at, is_compressed, removed_at
            """

        private static func rows(_ connection: MySQLConnection) throws -> [String] {
            try connection.lines("SELECT \(columns) FROM log_batch_files ORDER BY part")
        }

        @Test func everyStepOfAFileIsInItsRow() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            let story = Self.story()
            try writer.write(DatabaseBatch(logBatches: [story[0]]))
            #expect(
                try Self.rows(connection) == [
                    """
                    web-1|access|2026-11-20 12:00:00.000|2026-11-20 12:20:00.000|1|open|edw|1|100|NULL|\
                    logs/web-1/access/access_26112012_00-19.log|2026-11-20 12:00:01.000|NULL|0|NULL|NULL|NULL|0|NULL
                    """
                ]
            )
            try writer.write(DatabaseBatch(logBatches: Array(story[1...5])))
            let hash = String(repeating: "a", count: 64)
            #expect(
                try Self.rows(connection) == [
                    """
                    web-1|access|2026-11-20 12:00:00.000|2026-11-20 12:20:00.000|1|failed|edw|20|2000|\(hash)|\
                    logs/web-1/access/failed/x.log|2026-11-20 12:00:01.000|2026-11-20 12:22:00.000|4|\
                    edw: connection refused|NULL|NULL|0|NULL
                    """
                ]
            )
            try writer.write(DatabaseBatch(logBatches: Array(story[6...])))
            #expect(
                try Self.rows(connection) == [
                    """
                    web-1|access|2026-11-20 12:00:00.000|2026-11-20 12:20:00.000|1|sent|edw|20|2000|\(hash)|\
                    logs/web-1/access/sent/x.log.gz|2026-11-20 12:00:01.000|2026-11-20 12:22:00.000|5|NULL|\
                    incoming/x.log|2026-11-20 13:06:40.000|1|2026-11-28 14:26:40.000
                    """
                ]
            )
        }

        /// What a commit without confirmation, and a drain that begins anew, do to each row.
        @Test func whatIsToldAgainTakesNothingBack() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            let story = Self.story()
            for end in story.indices {
                try writer.write(DatabaseBatch(logBatches: [story[end]]))
                let after = try Self.rows(connection)
                // One by one, all at once in order, and in disorder.
                for row in story[...end] { try writer.write(DatabaseBatch(logBatches: [row])) }
                #expect(try Self.rows(connection) == after, "step \(end)")
                try writer.write(DatabaseBatch(logBatches: Array(story[...end])))
                #expect(try Self.rows(connection) == after, "step \(end)")
                try DatabaseWriter(connection).write(DatabaseBatch(logBatches: story[...end].shuffled()))
                #expect(try Self.rows(connection) == after, "step \(end)")
            }
        }

        @Test func anyOrderEndsInTheSameRow() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(DatabaseBatch(logBatches: Self.story()))
            let expected = try Self.rows(connection)
            for _ in 0..<20 {
                try connection.run("DELETE FROM log_batches")
                for row in Self.story().shuffled() { try writer.write(DatabaseBatch(logBatches: [row])) }
                #expect(try Self.rows(connection) == expected)
            }
        }

        @Test func partsHaveRowsOfTheirOwn() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(DatabaseBatch(logBatches: Self.story()))
            try writer.write(DatabaseBatch(logBatches: [Self.story(part: 2)[2]]))
            #expect(
                try connection.lines("SELECT part, state FROM log_batches ORDER BY part") == ["1|sent", "2|closed"]
            )
        }

        /// The state directory was deleted with its journal, and the host's log read again.
        @Test func aFileOpenedLaterTakesThePlaceOfAnEarlierOne() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            let later = Self.story(openedAt: 900_000)
            try writer.write(DatabaseBatch(logBatches: Self.story() + later[...2]))
            let expected = try Self.rows(connection)
            #expect(expected.count == 1 && expected[0].contains("|closed|") && expected[0].contains("|NULL|0|NULL"))
            try writer.write(DatabaseBatch(logBatches: Self.story()))
            #expect(try Self.rows(connection) == expected)
        }

        @Test func aHostWhoseRowIsDeletedKeepsItsFiles() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection, checkInterval: .zero)
            let story = Self.story()
            try writer.write(DatabaseBatch(logBatches: [story[2]]))
            try connection.run("DELETE FROM hosts")
            #expect(try connection.lines("SELECT host, state FROM log_batch_files") == ["NULL|closed"])
            try writer.write(DatabaseBatch(logBatches: [story[6]]))
            #expect(try connection.lines("SELECT host, state FROM log_batch_files") == ["web-1|sent"])
        }

        @Test func textsOfAnyLengthAreTaken() throws {
            let connection = try TestDatabase().prepared()
            let long = String(repeating: "größe'\\", count: 10_000)
            var row = Self.story()[6]
            (row.host, row.log, row.path, row.delivery) = (long, long, long, long)
            (row.lastError, row.remotePath, row.sha256) = (long, long, long)
            (row.lineCount, row.byteCount) = (.max, .max)
            var other = row
            other.log += "2"
            try DatabaseWriter(connection).write(DatabaseBatch(logBatches: [row, other, row]))
            #expect(
                try connection.lines(
                    """
                    SELECT CHAR_LENGTH(host), CHAR_LENGTH(log_name), CHAR_LENGTH(path), CHAR_LENGTH(delivery), \
                    CHAR_LENGTH(last_error), CHAR_LENGTH(remote_path), CHAR_LENGTH(sha256), byte_count \
                    FROM log_batch_files
                    """
                )
                    == Array(repeating: "255|64|700|64|16000|1000|64|9223372036854775807", count: 2)
            )
        }

        /// Tens of thousands wait where the database was away.
        @Test func manyGoInOneTransaction() throws {
            let connection = try TestDatabase().prepared()
            let rows = (1...2_500).flatMap { part in Self.story(part: part)[2...6] }
            try DatabaseWriter(connection).write(DatabaseBatch(logBatches: rows))
            #expect(
                try connection.lines("SELECT state, attempts, COUNT(*) FROM log_batches GROUP BY 1, 2")
                    == ["sent|5|2500"]
            )
        }
    }
}
