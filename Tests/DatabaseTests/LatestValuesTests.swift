import Database
import Testing
import Wire

extension DatabaseTests {
    /// `latest_metric_values` has to stay quick with many samples: it may look up, not read through.
    struct LatestValuesTests {
        /// 20 hosts with 5 series of 400 samples on each of 5 days.
        private func filled() throws -> MySQLConnection {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: Timestamp(milliseconds: 1_795_176_000_000))
            try connection.run("INSERT INTO hosts (name) SELECT CONCAT('h', seq) FROM seq_1_to_20")
            try connection.run("INSERT INTO metrics (name) SELECT CONCAT('m', seq) FROM seq_1_to_5")
            try connection.run("INSERT INTO series (host_id, metric_id) SELECT host_id, metric_id FROM hosts, metrics")
            try connection.run(
                """
                INSERT INTO samples SELECT series_id, '2026-11-20 00:00:00' + INTERVAL d.seq DAY + INTERVAL t.seq SECOND, \
                d.seq * 1000 + t.seq FROM series, seq_0_to_4 d, seq_1_to_400 t
                """
            )
            try connection.query("ANALYZE TABLE hosts, metrics, series, samples", operation: "analyze") { _ in }
            return connection
        }

        /// How many rows the server touched for the rows of a query.
        private func reads(_ connection: MySQLConnection, _ sql: String) throws -> (rows: Int, reads: Int) {
            func total() throws -> Int {
                try connection.lines("SHOW SESSION STATUS LIKE 'Handler_read%'")
                    .compactMap { $0.split(separator: "|").last.flatMap { Int($0) } }.reduce(0, +)
            }
            let before = try total()
            let rows = try connection.lines(sql).count
            return (rows, try total() - before)
        }

        @Test func ofOneHostIsALookUp() throws {
            let connection = try filled()
            let sql = "SELECT * FROM latest_metric_values WHERE host = 'h7'"
            #expect(
                try connection.lines("SELECT DISTINCT value FROM latest_metric_values WHERE host = 'h7'") == ["4400"]
            )
            // 10 partitions and 5 series; 10,000 samples of the host, 200,000 in all.
            let one = try reads(connection, sql)
            #expect(one.rows == 5 && one.reads < 300, "\(one)")
            let all = try reads(connection, "SELECT * FROM latest_metric_values")
            #expect(all.rows == 100 && all.reads < 5_000, "\(all)")
            // Columns: id, select_type, table, type, …
            for plan in try connection.query("EXPLAIN " + sql, operation: "explain") {
                #expect(["ref", "eq_ref", "const"].contains(plan[3] ?? ""), "\(plan)")
            }
        }

        @Test func valuesOfOneHostAndTimeTouchOnlyItsDay() throws {
            let connection = try filled()
            let some = try reads(
                connection,
                "SELECT * FROM metric_values WHERE host = 'h7' AND collected_at >= '2026-11-23' AND collected_at < '2026-11-24'"
            )
            #expect(some.rows == 2_000 && some.reads < 2_500, "\(some)")
        }
    }
}
