import Foundation
import Synchronization
import TestServers
import Testing
import Wire

@testable import Database

extension DatabaseTests {
    struct UpkeepTests {
        private static let day: Int64 = 86_400_000
        /// 2026-11-20 18:51:27.123
        private static let now = Timestamp(milliseconds: 1_795_200_687_123)

        private static func later(_ days: Int64) -> Timestamp {
            Timestamp(milliseconds: now.milliseconds + days * day)
        }

        private static func days(_ connection: MySQLConnection) throws -> [String] {
            try SamplePartitions(connection).partitions.map(\.name)
        }

        /// A value each at the times given.
        private static func store(_ times: [String], _ connection: MySQLConnection) throws {
            var polls: [HostSamples] = []
            for (index, time) in times.enumerated() {
                let milliseconds = try connection.lines(
                    "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', '\(time)') DIV 1000"
                )
                polls.append(
                    HostSamples(
                        host: "web-1",
                        collectedAt: Timestamp(milliseconds: try #require(Int64(milliseconds[0]))),
                        samples: [SeriesSample(metric: "load1", value: Double(index + 1))]
                    )
                )
            }
            try DatabaseWriter(connection).write(DatabaseBatch(samples: polls))
        }

        @Test func anHourIsSummedUpWhenItIsOverAndADayToo() throws {
            let connection = try TestDatabase().prepared()
            try Self.store(
                ["2026-11-19 23:59:59.999", "2026-11-20 17:00", "2026-11-20 17:59:59.999", "2026-11-20 18:00"],
                connection
            )
            let retention = RetentionSettings()
            let outcome = try #require(try Upkeep(connection, retention).run(now: Self.now))
            #expect(outcome.hours == 2 && outcome.days == 1 && outcome.isComplete)
            #expect(
                try connection.lines(
                    "SELECT host, hour_start, min, avg, max, count FROM metric_values_hourly ORDER BY 2"
                )
                    == ["web-1|2026-11-19 23:00:00.000|1|1|1|1", "web-1|2026-11-20 17:00:00.000|2|2.5|3|2"]
            )
            #expect(
                try connection.lines("SELECT metric, day_start, min, avg, max, count FROM metric_values_daily")
                    == ["load1|2026-11-19 00:00:00.000|1|1|1|1"]
            )
            // One more of that hour, and the next hour is over.
            try Self.store(["2026-11-20 17:30"], connection)
            let hour = Timestamp(milliseconds: Self.now.milliseconds + 3_600_000)
            #expect(try Upkeep(connection, retention).run(now: hour)?.hours == 2)
            #expect(
                try connection.lines("SELECT hour_start, avg, count FROM samples_hourly ORDER BY 1 DESC LIMIT 2")
                    == ["2026-11-20 18:00:00.000|4|1", "2026-11-20 17:00:00.000|2|3"]
            )
        }

        /// A host may say any time. What came with it before is in journals yet.
        @Test func timesThatNoCalendarHasAreStoredAtItsEnds() throws {
            let connection = try TestDatabase().prepared()
            let polls = [Int64.min, .min + 1, .max].map {
                HostSamples(
                    host: "web-1",
                    collectedAt: Timestamp(milliseconds: $0),
                    samples: [SeriesSample(metric: "load1", value: 1)]
                )
            }
            try DatabaseWriter(connection).write(DatabaseBatch(samples: polls))
            #expect(
                try connection.lines("SELECT collected_at FROM samples ORDER BY 1")
                    == ["1000-01-01 00:00:00.000", "9999-12-31 23:59:59.999"]
            )
            #expect(try #require(try Upkeep(connection, RetentionSettings()).run(now: Self.now)).isComplete)
        }

        @Test func aDayGoesWhenItIsPastItsTimeAndItsSumsStay() throws {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: Self.now)
            try Self.store(
                ["2026-11-17 12:00", "2026-11-19 12:00", "2026-11-20 12:00", "2026-11-21 12:00", "2027-03-01"],
                connection
            )
            let retention = RetentionSettings(keep: .seconds(86_400))
            let sums = "SELECT hour_start, count FROM samples_hourly ORDER BY 1"
            // The first day has all that is older.
            let outcome = try #require(try Upkeep(connection, retention).run(now: Self.later(1)))
            #expect(outcome.droppedDays == ["p20261119"])
            #expect(try connection.lines("SELECT value FROM samples ORDER BY 1") == ["3", "4", "5"])
            let kept = ["2026-11-17 12:00:00.000|1", "2026-11-19 12:00:00.000|1"]
            #expect(try connection.lines(sums) == kept + ["2026-11-20 12:00:00.000|1", "2026-11-21 12:00:00.000|1"])
            // Days later, with a value that comes too late: the sum knows more than is there now.
            try Self.store(["2026-11-19 12:30", "2026-11-19 13:30"], connection)
            let later = try #require(try Upkeep(connection, retention).run(now: Self.later(3)))
            #expect(later.droppedDays == ["p20261120", "p20261121"])
            #expect(
                try connection.lines(sums)
                    == kept + [
                        "2026-11-19 13:00:00.000|1", "2026-11-20 12:00:00.000|1", "2026-11-21 12:00:00.000|1",
                    ]
            )
            // What lies ahead is not touched, however often.
            #expect(try connection.lines("SELECT value FROM samples PARTITION (p_future)") == ["5"])
        }

        @Test func weeksWithoutAProgramShareOnePartitionThatGoesAsAWhole() throws {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: Self.now)
            try Self.store(["2026-11-20 12:00"], connection)
            // Nothing ran for 60 days; the days up to yesterday share a partition.
            try Partitions.extend(connection, now: Self.later(60))
            try Self.store(["2026-12-20 12:00", "2027-01-18 12:00", "2027-01-19 12:00"], connection)
            let retention = RetentionSettings(keep: .seconds(3 * 86_400))
            let first = try #require(try Upkeep(connection, retention).run(now: Self.later(60)))
            #expect(first.droppedDays.count == 9)
            #expect(try connection.lines("SELECT COUNT(*) FROM samples_hourly") == ["4"])
            #expect(try connection.lines("SELECT COUNT(*) FROM samples") == ["3"])
            let second = try #require(try Upkeep(connection, retention).run(now: Self.later(63)))
            #expect(second.droppedDays == ["p20270118"])
            #expect(try connection.lines("SELECT COUNT(*) FROM samples, samples_hourly") == ["4"])
        }

        @Test func aPartitionDroppedByHandTakesNoSumAlong() throws {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: Self.now)
            try Self.store(["2026-11-20 12:00", "2026-11-20 12:10", "2026-11-20 12:20"], connection)
            _ = try Upkeep(connection, RetentionSettings()).run(now: Self.later(1))
            try connection.run("ALTER TABLE samples DROP PARTITION p20261120")
            try Self.store(["2026-11-20 12:30"], connection)
            #expect(try Upkeep(connection, RetentionSettings()).run(now: Self.later(1))?.hours == 1)
            #expect(try connection.lines("SELECT avg, count FROM samples_hourly") == ["2|3"])
        }

        @Test func whatSomebodyPartitionedOtherwiseIsLeftAndSaid() throws {
            let connection = try TestDatabase().prepared()
            try Self.store(["2026-11-19 12:00"], connection)
            try connection.run("ALTER TABLE samples REMOVE PARTITIONING")
            let retention = RetentionSettings(keep: .seconds(86_400))
            let outcome = try #require(try Upkeep(connection, retention).run(now: Self.later(30)))
            #expect(outcome.isComplete && outcome.hours == 1 && outcome.droppedDays == [])
            #expect(outcome.objections.count == 1 && outcome.objections[0].contains("not partitioned by days"))
            #expect(try connection.lines("SELECT COUNT(*) FROM samples, samples_hourly") == ["1"])
        }

        @Test func aPartitionOfSomebodyElseIsLeftAndSaid() throws {
            let connection = try TestDatabase().prepared()
            try connection.run(
                """
                ALTER TABLE samples REORGANIZE PARTITION p_future INTO \
                (PARTITION archive VALUES LESS THAN (TO_DAYS('2026-11-19')), PARTITION p_future VALUES LESS THAN MAXVALUE)
                """
            )
            try Partitions.extend(connection, now: Self.now)
            try Self.store(["2026-11-18 12:00", "2026-11-19 12:00"], connection)
            let retention = RetentionSettings(keep: .seconds(86_400))
            let outcome = try #require(try Upkeep(connection, retention).run(now: Self.later(1)))
            #expect(outcome.objections.count == 1 && outcome.objections[0].contains("the partition archive"))
            #expect(outcome.droppedDays == ["p20261119"])
            #expect(try Self.days(connection).prefix(2) == ["archive", "p20261120"])
            #expect(try connection.lines("SELECT value FROM samples") == ["1"])
        }

        /// Somebody's transaction has looked at `samples` and stays open.
        @Test func whoHoldsTheTableHoldsUpADayAndNobodyElse() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            try Partitions.extend(connection, now: Self.now)
            try Self.store(["2026-11-19 12:00"], connection)
            let holder = try database.connect()
            try holder.run("START TRANSACTION")
            _ = try holder.lines("SELECT COUNT(*) FROM samples")
            let retention = RetentionSettings(keep: .seconds(86_400))
            let isDone = Flag()
            // Another one who writes all the time: how long was its longest statement?
            let writing = Background {
                let writer = try database.connect()
                var longest = Duration.zero
                while !isDone.isSet {
                    let begin = ContinuousClock.now
                    try writer.run("REPLACE INTO samples VALUES (1, '2026-11-20 12:00', 1)")
                    longest = max(longest, begin.duration(to: .now))
                }
                return longest
            }
            let begin = ContinuousClock.now
            let outcome = try #require(try Upkeep(connection, retention).run(now: Self.later(1)))
            let took = begin.duration(to: .now)
            isDone.set()
            #expect(outcome.isHeldUp && outcome.droppedDays == [])
            let sums = "SELECT COUNT(*) FROM samples_hourly WHERE hour_start < '2026-11-20'"
            #expect(try connection.lines(sums) == ["1"])
            let longest = try writing.value()
            #expect(took < .seconds(5) && longest < .seconds(4))
            #expect(try connection.lines("SELECT @@lock_wait_timeout") == ["3"])
            try holder.run("COMMIT")
            #expect(try Upkeep(connection, retention).run(now: Self.later(1))?.droppedDays == ["p20261119"])
            print("held up: the run took \(took), the writer's longest statement \(longest)")
        }

        @Test func rowsOfTheOtherTablesGoInTheirTime() throws {
            let connection = try TestDatabase().prepared()
            let statements = [
                """
                INSERT INTO samples_hourly SELECT seq, '2026-11-01 10:00:00' - INTERVAL seq HOUR, 1, 1, 1, 1 \
                FROM seq_1_to_5000
                """,
                "INSERT INTO samples_daily VALUES (1, '2026-09-01', 1, 1, 1, 1), (1, '2026-11-01', 1, 1, 1, 1)",
                """
                INSERT INTO traffic (host_id, log_name, window_start) VALUES \
                (1, 'a', '2026-10-30'), (1, 'a', '2026-11-18')
                """,
                "INSERT INTO traffic_sections VALUES (1, 'a', '2026-11-18', '/', 1), (1, 'a', '2026-11-20', '/', 1)",
                """
                INSERT INTO command_outputs (host_id, command, started_at, exit_status, output) VALUES \
                (1, 'a', '2026-11-18', 0, ''), (1, 'a', '2026-11-20', 0, '')
                """,
                """
                INSERT INTO alerts (alert_id, host, type, opened_at, resolved_at) VALUES ('old', 'a', 'b', '2026-01-01', \
                '2026-01-02'), ('open', 'a', 'b', '2026-01-01', NULL), ('new', 'a', 'b', '2026-01-01', '2026-11-01')
                """,
                """
                INSERT INTO log_batches (host_id, log_name, path, window_start, part, closed_at, removed_at) VALUES \
                (1, 'a', 'gone', '2026-01-01', 1, '2026-01-01', '2026-01-02'), \
                (1, 'a', 'there', '2026-01-01', 2, '2026-01-01', NULL)
                """,
            ]
            for statement in statements { try connection.run(statement) }
            let retention = RetentionSettings(
                keep: .seconds(86_400),
                keepHourly: .seconds(10 * 86_400),
                keepDaily: .seconds(50 * 86_400)
            )
            let outcome = try #require(try Upkeep(connection, retention).run(now: Self.now))
            #expect(
                outcome.removedRows == [
                    "samples_hourly": 5_000, "samples_daily": 1, "traffic": 1, "traffic_sections": 1,
                    "command_outputs": 1, "alerts": 1, "log_batches": 1,
                ]
            )
            #expect(try connection.lines("SELECT alert_id FROM alerts ORDER BY 1") == ["new", "open"])
            #expect(try connection.lines("SELECT path FROM log_batches") == ["there"])
            #expect(try connection.lines("SELECT window_start FROM traffic") == ["2026-11-18 00:00:00.000"])
        }

        @Test func aRunThatIsCancelledDropsNothing() throws {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: Self.now)
            try Self.store(["2026-11-19 12:00", "2026-11-19 13:00"], connection)
            let retention = RetentionSettings(keep: .seconds(86_400))
            for allowed in 0..<6 {
                var asked = 0
                let outcome = try Upkeep(connection, retention) {
                    asked += 1
                    return asked > allowed
                }.run(now: Self.later(30))
                #expect(outcome?.isComplete == false)
                #expect(try connection.lines("SELECT COUNT(*) FROM samples") == ["2"])
            }
            #expect(try Upkeep(connection, retention).run(now: Self.later(30))?.droppedDays.count == 9)
            #expect(try connection.lines("SELECT COUNT(*) FROM samples_hourly") == ["2"])
        }

        @Test func oneProgramAtATime() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            let other = try database.connect()
            let lock = "CONCAT('metricsd upkeep ', MD5(DATABASE()))"
            #expect(try other.lines("SELECT GET_LOCK(\(lock), 0)") == ["1"])
            #expect(try Upkeep(connection, RetentionSettings()).run(now: Self.now) == nil)
            #expect(try other.lines("SELECT RELEASE_LOCK(\(lock))") == ["1"])
            #expect(try Upkeep(connection, RetentionSettings()).run(now: Self.now) != nil)
        }

        /// Sums that a DOUBLE does not hold, and averages that rounding leads out of their range.
        @Test func anAverageLiesBetweenTheSmallestAndTheLargest() throws {
            let connection = try TestDatabase().prepared()
            let values = [
                [1.7e308, 1.7e308], [-1.7e308, -1.7e308], [0.1, 0.1], [.leastNonzeroMagnitude, 0], [1.7e308, -1.7e308],
            ]
            for (metric, pair) in values.enumerated() {
                let polls = pair.enumerated().map { index, value in
                    HostSamples(
                        host: "web-1",
                        collectedAt: Timestamp(milliseconds: Self.now.milliseconds + Int64(index)),
                        samples: [SeriesSample(metric: "m\(metric)", value: value)]
                    )
                }
                try DatabaseWriter(connection).write(DatabaseBatch(samples: polls))
            }
            #expect(try Upkeep(connection, RetentionSettings()).run(now: Self.later(2))?.days == 1)
            for table in ["samples_hourly", "samples_daily"] {
                let good = "SELECT COUNT(*) FROM \(table) WHERE `avg` BETWEEN `min` AND `max` AND `count` = 2"
                #expect(try connection.lines(good) == ["5"], "\(table)")
                let first = "SELECT avg FROM \(table) ORDER BY series_id LIMIT 1"
                #expect(try connection.lines(first).compactMap(Double.init) == [1.7e308])
            }
        }

        @Test func theQueriesOfThePageRun() throws {
            let connection = try TestDatabase().prepared()
            let page = try String(
                contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                    .appendingPathComponent("../../../docs/retention.md"),
                encoding: .utf8
            )
            let blocks = page.components(separatedBy: "```sql\n").dropFirst().map {
                $0.components(separatedBy: "\n```")[0]
            }
            let queries = StatementSplitter.statements(in: blocks.joined(separator: "\n"))
            #expect(queries.count >= 4)
            for query in queries { _ = try connection.lines(query) }
        }
    }
}

/// Set once, by another thread.
final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
