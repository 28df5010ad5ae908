import Database
import Foundation
import TestServers
import Testing
import Wire

extension DatabaseTests {
    /// How traffic adds up to rows.
    struct TrafficTests {
        static let noon = Timestamp(milliseconds: 1_795_176_000_000)  // 2026-11-20 12:00:00

        /// A record's traffic: one hit more for each section named.
        static func row(
            _ record: Int64,
            host: String = "web-1",
            log: String = "access",
            at second: Int64 = 0,
            clients: UInt64 = 1,
            sections: [String] = ["/api"]
        ) -> TrafficRow {
            var row = TrafficRow(
                host: host,
                log: log,
                windowStart: Timestamp(milliseconds: noon.milliseconds + second * 1_000),
                hits: UInt64(sections.count),
                bytes: 100,
                status2xx: UInt64(sections.count),
                clients: clients,
                skipped: 2,
                unread: 3,
                sections: sections.map { TrafficRow.Section(name: $0, hits: 1) }
            )
            row.record = record
            return row
        }

        /// A batch of a journal's records up to the largest one.
        static func batch(_ rows: [TrafficRow], journal: String = "j") -> DatabaseBatch {
            let last = rows.map(\.record).max() ?? 0
            return DatabaseBatch(
                traffic: rows,
                position: JournalPosition(
                    journal: journal,
                    record: last,
                    recordedAt: Timestamp(milliseconds: noon.milliseconds + last)
                )
            )
        }

        private func hits(_ connection: MySQLConnection) throws -> String {
            try connection.lines("SELECT COALESCE(SUM(hits), 0) FROM traffic")[0]
        }

        @Test func whatComesToAWindowLaterIsAdded() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(
                Self.batch([
                    Self.row(1, clients: 5, sections: ["/api", "/api", "/"]), Self.row(2, clients: 7),
                    Self.row(2, at: 10, clients: 1, sections: ["/", TrafficRow.otherSections]),
                ])
            )
            try writer.write(Self.batch([Self.row(3, clients: 6, sections: ["/"])]))
            #expect(
                try connection.lines(
                    """
                    SELECT log_name, window_start, hits, bytes, status_2xx, status_5xx, clients, skipped, unread \
                    FROM traffic ORDER BY window_start
                    """
                ) == [
                    "access|2026-11-20 12:00:00.000|5|300|5|0|7|6|9", "access|2026-11-20 12:00:10.000|2|100|2|0|1|2|3",
                ]
            )
            #expect(
                try connection.lines(
                    "SELECT SECOND(window_start), section, hits FROM traffic_sections ORDER BY 1, 2"
                ) == ["0|/|2", "0|/api|3", "10|(other)|1", "10|/|1"]
            )
        }

        @Test func theViewShowsRates() throws {
            let connection = try TestDatabase().prepared()
            var row = Self.row(1, sections: ["/", "/", "/", "/", "/"])
            row.bytes = 2_000
            row.status4xx = 1
            row.status5xx = 2
            try DatabaseWriter(connection).write(Self.batch([row, Self.row(1, at: 10, sections: [])]))
            #expect(
                try connection.lines(
                    """
                    SELECT host, log_name, SECOND(window_start), requests_per_second + 0e0, bytes_per_second + 0e0, \
                    client_error_percent + 0e0, server_error_percent + 0e0, skipped, unread FROM traffic_rates ORDER BY 3
                    """
                ) == ["web-1|access|0|0.5|200|20|40|2|3", "web-1|access|10|0|10|NULL|NULL|2|3"]
            )
        }

        @Test func aRepeatedRecordIsPassedOverHoweverRecordsAreGrouped() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            let records = (1...8).map { Self.row(Int64($0), sections: Array(repeating: "/", count: 1 << $0)) }
            for group in [1...3, 2...5, 4...4, 1...5, 5...5, 3...7, 8...8, 1...8] {
                let writer = DatabaseWriter(try database.connect())
                try writer.write(Self.batch(Array(records[group.lowerBound - 1..<group.upperBound])))
            }
            #expect(try hits(connection) == "510")
            #expect(try connection.lines("SELECT section, hits FROM traffic_sections") == ["/|510"])
            #expect(
                try connection.lines("SELECT journal_id, last_record, recorded_at FROM journal_positions")
                    == ["j|8|2026-11-20 12:00:00.008"]
            )
        }

        @Test func twoMetricsdCountTheirOwnRecords() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            // Both count the same windows at once, which costs deadlocks: those are tried again, as the drain does.
            let writing = ["a", "b"].map { journal in
                Background {
                    let writer = DatabaseWriter(try database.connect())
                    for record in 1...40 {
                        let rows = (0..<20).map {
                            Self.row(Int64(record), host: "web-\($0 % 4)", at: Int64($0 / 4) * 10)
                        }
                        let batch = Self.batch(rows.shuffled(), journal: journal)
                        try Self.writePatiently(batch, writer)
                        try Self.writePatiently(batch, writer)
                    }
                }
            }
            for thread in writing { try thread.value() }
            #expect(try hits(connection) == "1600")
            #expect(try connection.lines("SELECT COUNT(*), MIN(hits), MAX(hits) FROM traffic") == ["20|80|80"])
        }

        private static func writePatiently(_ batch: DatabaseBatch, _ writer: DatabaseWriter) throws {
            for _ in 0..<20 {
                do throws(DatabaseError) {
                    return try writer.write(batch)
                } catch {
                    guard error.code == 1213 else { throw error }
                }
            }
            throw POSIXError(.EDEADLK)
        }

        @Test func sectionsThatTheKeyTakesForEqualBecomeOne() throws {
            let connection = try TestDatabase().prepared()
            let long = "/" + String(repeating: "x", count: 300)
            let sections = [
                "/a", "/a ", "/a   ", "/A", "/\u{e9}", "/e\u{301}", "", " ", "/a\t", "/a\0", "/😀'\\", "\(long)1",
                "\(long)2", "/\u{fffd}",
            ]
            let writer = DatabaseWriter(connection)
            try writer.write(Self.batch([Self.row(1, sections: sections)]))
            for (record, section) in sections.enumerated() {
                try writer.write(Self.batch([Self.row(Int64(record + 2), sections: [section])]))
            }
            #expect(
                try connection.lines("SELECT hits, COUNT(*) FROM traffic_sections GROUP BY hits ORDER BY hits")
                    == ["2|9", "4|1", "6|1"]
            )
            #expect(try connection.lines("SELECT hits FROM traffic_sections WHERE section = '/a'") == ["6"])
            #expect(try connection.lines("SELECT MAX(CHAR_LENGTH(section)) FROM traffic_sections") == ["255"])
        }

        @Test func sumsEndAtTheLargestNumber() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            for record in 1...3 {
                var row = Self.row(Int64(record))
                row.bytes = .max - 5
                try writer.write(Self.batch([row, row]))
            }
            #expect(try connection.lines("SELECT bytes, hits FROM traffic") == ["18446744073709551615|6"])
            #expect(
                try connection.lines("SELECT bytes_per_second FROM traffic_rates") == ["1844674407370955161.5000"]
            )
        }

        @Test func aHostThatSomebodyDeletesIsMadeAgain() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection, checkInterval: .zero)
            try writer.write(Self.batch([Self.row(1)]))
            let before = try connection.lines("SELECT host, hits FROM traffic_rates")
            try connection.run("DELETE FROM hosts")
            #expect(try connection.lines("SELECT host FROM traffic_rates") == [])
            try writer.write(Self.batch([Self.row(2, at: 10)]))
            #expect(
                try connection.lines("SELECT host, hits FROM traffic_rates WHERE SECOND(window_start) = 0") == before
            )
            #expect(try connection.lines("SELECT host, hits FROM traffic_rates").count == 2)
        }

        @Test func rowsThatSomebodyDeletesBeginAnew() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(Self.batch([Self.row(1)]))
            for table in ["traffic", "traffic_sections", "journal_positions"] {
                try connection.run("DELETE FROM \(table)")
            }
            // What was counted stays counted: it is the person's wish that it is gone.
            try writer.write(Self.batch([Self.row(1), Self.row(2)]))
            #expect(try hits(connection) == "1")
            #expect(try connection.lines("SELECT journal_id, last_record FROM journal_positions") == ["j|2"])
        }

        /// How many this connection has sent.
        private func statements(_ connection: MySQLConnection) throws -> Int {
            let line = try connection.lines("SHOW SESSION STATUS WHERE Variable_name = 'Questions'")[0]
            return try #require(Int(line.drop { $0 != "|" }.dropFirst()))
        }

        @Test func manyLogsCostFewStatements() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            var rows: [TrafficRow] = []
            for record in 1...6 {
                for host in 0..<100 {
                    rows.append(
                        Self.row(
                            Int64(record),
                            host: "web-\(host)",
                            at: record > 3 ? 10 : 0,
                            sections: ["/", "/api", "/img", "/login", TrafficRow.otherSections]
                        )
                    )
                }
            }
            try writer.write(Self.batch(rows))
            let before = try statements(connection)
            var later = rows
            for index in later.indices { later[index].record += 6 }
            try writer.write(Self.batch(later))
            let after = try statements(connection)
            #expect(try connection.lines("SELECT COUNT(*), SUM(hits) FROM traffic") == ["200|6000"])
            #expect(try connection.lines("SELECT COUNT(*), SUM(hits) FROM traffic_sections") == ["1000|6000"])
            #expect(after - before <= 8)
        }

        @Test func trafficOfNobodyKnowsWhichRecordsIsRefused() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            do {
                try writer.write(DatabaseBatch(traffic: [Self.row(1)]))
                Issue.record("counted without a position")
            } catch {
                #expect(!error.isTransient && !error.isConnectionLost)
            }
            #expect(try hits(connection) == "0")
        }
    }
}
