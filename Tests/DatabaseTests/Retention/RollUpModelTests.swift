import Foundation
import TestServers
import Testing
import Wire

@testable import Database

extension DatabaseTests {
    /// Random weeks against the plain model: late, missing and repeated values, clocks ahead, breaks, kills.
    struct RollUpModelTests {
        private static let start: Int64 = 1_795_132_800_000  // 2026-11-20
        private static let day = RollUpModel.day

        private static func batch(now: Int64, using generator: inout SeededGenerator) -> DatabaseBatch {
            var polls: [HostSamples] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                // Most of them now, some late by hours or days, few beyond what is kept, few ahead of us.
                let behind: Int64 =
                    switch Int.random(in: 0..<20, using: &generator) {
                    case 0..<12: .random(in: 0..<60_000, using: &generator)
                    case 12..<17: .random(in: 0..<8 * RollUpModel.hour, using: &generator)
                    case 17: .random(in: 0..<2 * day, using: &generator)
                    case 18: .random(in: 0..<9 * day, using: &generator)
                    default: -.random(in: 0..<10 * day, using: &generator)
                    }
                // Coarse, so that the same moment comes again, with another value.
                let time = (now - behind) / 120_000 * 120_000
                let samples = (0..<Int.random(in: 1...3, using: &generator)).map { metric in
                    SeriesSample(metric: "m\(metric)", value: Double(Int.random(in: -999...999, using: &generator)) / 8)
                }
                polls.append(
                    HostSamples(
                        host: "web-\(Int.random(in: 1...3, using: &generator))",
                        collectedAt: Timestamp(milliseconds: time),
                        samples: samples
                    )
                )
            }
            return DatabaseBatch(samples: polls)
        }

        @Test(arguments: 1...3)
        func theTablesAreWhatThePlainModelSays(seed: UInt64) throws {
            var generator = SeededGenerator(seed: seed)
            let database = try TestDatabase("model")
            let connection = try database.prepared()
            let writer = DatabaseWriter(connection)
            let retention = RetentionSettings(keep: .seconds(2 * 86_400), keepHourly: .seconds(5 * 86_400))
            var model = RollUpModel(retention)
            var now = Self.start
            var kills = 0
            for step in 0..<45 {
                now += .random(in: 0..<3 * RollUpModel.hour, using: &generator)
                // Off for days.
                if step % 20 == 19 { now += 4 * Self.day + 1 }
                let time = Timestamp(milliseconds: now)
                try Partitions.extend(connection, now: time)
                for _ in 0..<3 {
                    let batch = Self.batch(now: now, using: &generator)
                    try writer.write(batch)
                    model.store(batch)
                }
                guard step % 3 == 2 else { continue }
                let ends = try SamplePartitions(connection).partitions.compactMap { $0.end?.start.milliseconds }
                if try Self.isKilled(database, retention, time, within: .random(in: 0..<15_000, using: &generator)) {
                    kills += 1
                }
                // What was broken off is taken up; a run behind it has nothing to do.
                #expect(try Upkeep(connection, retention, seriesAtOnce: 2).run(now: time)?.isComplete == true)
                model.run(now: now, partitionEnds: ends)
                try model.expectSame(connection, "seed \(seed), step \(step)")
                let again = try #require(try Upkeep(connection, retention, seriesAtOnce: 2).run(now: time))
                #expect(again.hours + again.days + again.droppedDays.count + again.removedRows.count == 0)
            }
            print("seed \(seed): \(model.hourly.count) hours, \(model.daily.count) days, \(kills) runs killed of 15")
        }

        /// Ends the connection of a run at some moment of it.
        private static func isKilled(
            _ database: TestDatabase,
            _ retention: RetentionSettings,
            _ now: Timestamp,
            within microseconds: UInt32
        ) throws -> Bool {
            let victim = try database.connect()
            let number = victim.connectionNumber
            let killing = Background {
                let killer = try database.connect()
                usleep(microseconds)
                try killer.run("KILL \(number)")
            }
            var isKilled = false
            do {
                _ = try Upkeep(victim, retention, seriesAtOnce: 2).run(now: now)
            } catch {
                isKilled = error.isConnectionLost
                #expect(isKilled, "\(error)")
            }
            // Where the run was faster there is nobody to kill.
            do { try killing.value() } catch { #expect("\(error)".contains("1094") || isKilled, "\(error)") }
            // The server lets go of its locks when it has noticed.
            let watcher = try database.connect()
            let end = ContinuousClock().now + .seconds(5)
            let isThere = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = \(number)"
            if isKilled { while try watcher.lines(isThere) != ["0"], ContinuousClock().now < end { usleep(2_000) } }
            return isKilled
        }

        /// Two programs that write, two that sum up, all at once.
        @Test func twoOfEachAtOnceLoseNothing() throws {
            let database = try TestDatabase("crowd")
            let connection = try database.prepared()
            let now = Timestamp(milliseconds: Self.start + 2 * Self.day)
            try Partitions.extend(connection, now: now)
            let writers = (1...2).map { number in
                Background {
                    var generator = SeededGenerator(seed: UInt64(number))
                    let writer = DatabaseWriter(try database.connect())
                    for _ in 0..<150 {
                        var batch = Self.batch(now: Self.start + Self.day, using: &generator)
                        // Each its own hosts.
                        for index in batch.samples.indices { batch.samples[index].host += "-of-\(number)" }
                        try writer.write(batch)
                    }
                }
            }
            let retention = RetentionSettings(keep: .seconds(40 * 86_400))
            let keepers = (1...2).map { _ in
                Background {
                    let upkeep = Upkeep(try database.connect(), retention, seriesAtOnce: 3)
                    var runs = 0
                    let end = ContinuousClock.now + .seconds(20)
                    while runs < 12, ContinuousClock.now < end {
                        if try upkeep.run(now: now) != nil { runs += 1 } else { usleep(1_000) }
                    }
                    return runs
                }
            }
            for writer in writers { try writer.value() }
            let runs = try keepers.map { try $0.value() }
            #expect(runs == [12, 12])
            _ = try Upkeep(connection, retention).run(now: now)
            let ended = "collected_at < '2026-11-21 23:00:00'"
            let names = "CONCAT(host, '/', metric)"
            let differing = """
                SELECT s.name, s.hour_start, s.number, r.count FROM (\
                SELECT \(names) AS name, DATE_FORMAT(collected_at, '%Y-%m-%d %H:00:00') AS hour_start, \
                COUNT(*) AS number, MIN(value) AS low, AVG(value) AS mean FROM metric_values WHERE \(ended) GROUP BY 1, 2) s \
                LEFT JOIN (SELECT \(names) AS name, hour_start, `min`, `avg`, `count` FROM metric_values_hourly) r \
                ON r.name = s.name AND r.hour_start = s.hour_start \
                WHERE NOT (r.count <=> s.number AND r.min = s.low AND ABS(r.avg - s.mean) < 1e-9)
                """
            #expect(try connection.lines(differing) == [])
            let hours = try connection.lines("SELECT COUNT(*) > 50 FROM samples_hourly")
            #expect(hours == ["1"])
            print("two of each: \(runs) runs while two others wrote")
        }
    }
}
