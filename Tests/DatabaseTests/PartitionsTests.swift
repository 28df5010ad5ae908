import Database
import Foundation
import Testing
import Wire

extension DatabaseTests {
    struct PartitionsTests {
        private let now = Timestamp(milliseconds: 1_795_200_687_123)  // 2026-11-20 18:51:27.123

        private func names(_ connection: MySQLConnection) throws -> [String] {
            try connection.lines(
                """
                SELECT PARTITION_NAME FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() \
                AND TABLE_NAME = 'samples' ORDER BY PARTITION_ORDINAL_POSITION
                """
            )
        }

        private func rows(_ connection: MySQLConnection, in partition: String) throws -> [String] {
            try connection.lines("SELECT value FROM samples PARTITION (\(partition)) ORDER BY value")
        }

        @Test func aDayEach() throws {
            let connection = try TestDatabase().prepared()
            try connection.run(
                """
                INSERT INTO samples VALUES (1, '2025-01-01', 1), (1, '2026-11-19 23:59:59.999', 2), \
                (1, '2026-11-20', 3), (1, '2026-11-27 23:59:59.999', 4), (1, '2026-11-28', 5)
                """
            )
            #expect(try Partitions.extend(connection, now: now) == 9)
            let days = (19...27).map { "p202611\($0)" }
            #expect(try names(connection) == days + ["p_future"])
            #expect(try rows(connection, in: "p20261119") == ["1", "2"])
            #expect(try rows(connection, in: "p20261120") == ["3"])
            #expect(try rows(connection, in: "p20261127") == ["4"])
            #expect(try rows(connection, in: "p_future") == ["5"])
            #expect(try Partitions.extend(connection, now: now) == 0)

            let tomorrow = Timestamp(milliseconds: now.milliseconds + 86_400_000)
            #expect(try Partitions.extend(connection, now: tomorrow) == 1)
            #expect(try rows(connection, in: "p20261128") == ["5"])
            #expect(try Partitions.extend(connection, now: now) == 0)
        }

        @Test func aLongBreakSharesOne() throws {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: now)
            let later = Timestamp(milliseconds: now.milliseconds + 100 * 86_400_000)
            #expect(try Partitions.extend(connection, now: later) == 9)
            #expect(try names(connection).count == 19)
        }

        @Test func aTableThatSomebodyPartitionedOtherwiseIsLeft() throws {
            let connection = try TestDatabase().prepared()
            try connection.run("ALTER TABLE samples REMOVE PARTITIONING")
            #expect(try Partitions.extend(connection, now: now) == 0)
        }

        /// Stored for months without partitions, by a user who might not make any.
        @Test func manyRowsAreAnnouncedBeforeTheyAreRewritten() throws {
            let connection = try TestDatabase().prepared()
            try connection.run(
                "INSERT INTO samples SELECT seq, '2026-11-20 12:00:00' - INTERVAL seq MINUTE, 1 FROM seq_1_to_2000"
            )
            var announced: [String] = []
            let added = try Partitions.extend(connection, now: now, many: 2_000) { sentence in
                announced.append(sentence)
                #expect((try? names(connection)) == ["p_future"])
            }
            #expect(added == 9 && announced.count == 1)
            #expect(announced.first?.contains("2000 rows or more") == true)
            #expect(try connection.lines("SELECT COUNT(*) FROM samples PARTITION (p_future)") == ["0"])
            #expect(try connection.lines("SELECT COUNT(*) FROM samples") == ["2000"])
            let tomorrow = Timestamp(milliseconds: now.milliseconds + 86_400_000)
            #expect(try Partitions.extend(connection, now: tomorrow, many: 1) { announced.append($0) } == 1)
            #expect(announced.count == 1)
        }

        @Test func threeProgramsMayDoItAtOnce() throws {
            let database = try TestDatabase()
            _ = try database.prepared()
            let now = now
            let programs = (0..<3).map { _ in Background { try Partitions.extend(database.connect(), now: now) } }
            #expect(try programs.map { try $0.value() }.sorted() == [0, 0, 9])
        }
    }
}
