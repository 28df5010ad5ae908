import Database
import Foundation
import TestServers
import Testing
import Wire

extension DatabaseTests {
    struct DatabaseWriterTests {
        static let noon = Timestamp(milliseconds: 1_795_176_000_123)  // 2026-11-20 12:00:00.123

        static func batch(at time: Timestamp = noon) -> DatabaseBatch {
            DatabaseBatch(
                hosts: [
                    HostRow(
                        name: "web-1",
                        address: "192.0.2.11",
                        port: 2222,
                        state: .up,
                        machineID: "abc",
                        kernel: "6.1.0",
                        architecture: "x86_64",
                        lastSeen: time,
                        lastError: "",
                        clockSkewMilliseconds: -12
                    ),
                    HostRow(name: "db-1", address: "::1", state: .unreachable, lastError: "it's \"gone\" \\ 😀"),
                ],
                samples: [
                    HostSamples(
                        host: "web-1",
                        collectedAt: time,
                        samples: [
                            SeriesSample(metric: "cpu_percent", value: 97.2),
                            SeriesSample(metric: "disk_used_percent", instance: "/", value: 0.1 + 0.2),
                            SeriesSample(metric: "disk_used_percent", instance: "/mnt/😀", value: 1e-7),
                            SeriesSample(metric: "mem_total_bytes", value: 16_777_216_000),
                        ]
                    )
                ],
                alerts: [
                    AlertRow(
                        alertID: "a1",
                        host: "web-1",
                        type: "cpu_percent",
                        severity: .critical,
                        comparison: .above,
                        threshold: 90,
                        unit: "percent",
                        value: 97.2,
                        peak: 99.5,
                        openedAt: time
                    )
                ],
                commandOutputs: [
                    CommandOutputRow(
                        host: "web-1",
                        command: "queue_depth",
                        startedAt: time,
                        durationMilliseconds: 15,
                        ending: .exited,
                        status: 2,
                        output: Array("17\nx\0y".utf8) + [0xff],
                        isTruncated: false
                    )
                ]
            )
        }

        /// Everything that is stored, to compare.
        private func contents(_ connection: MySQLConnection) throws -> [String] {
            try ["hosts", "metrics", "series", "samples", "alerts", "command_outputs"].flatMap { table in
                try [table] + connection.lines("SELECT * FROM \(table) ORDER BY 1, 2, 3")
            }
        }

        @Test func theViewsShowWhatWasWritten() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.register(metrics: [MetricRow(name: "cpu_percent", unit: "percent", description: "busy")])
            try writer.write(Self.batch())
            let values = [
                "web-1|192.0.2.11|cpu_percent||97.2|percent|2026-11-20 12:00:00.123",
                "web-1|192.0.2.11|disk_used_percent|/|0.30000000000000004||2026-11-20 12:00:00.123",
                "web-1|192.0.2.11|disk_used_percent|/mnt/😀|0.0000001||2026-11-20 12:00:00.123",
                "web-1|192.0.2.11|mem_total_bytes||16777216000||2026-11-20 12:00:00.123",
            ]
            #expect(try connection.lines("SELECT * FROM metric_values ORDER BY metric, instance") == values)
            #expect(try connection.lines("SELECT * FROM latest_metric_values ORDER BY metric, instance") == values)
            #expect(
                try connection.lines(
                    "SELECT name, address, port, state, machine_id, kernel, architecture, last_seen, last_error, "
                        + "clock_skew_ms FROM hosts ORDER BY name"
                ) == [
                    "db-1|::1|22|unreachable|NULL|NULL|NULL|NULL|it's \"gone\" \\ 😀|NULL",
                    "web-1|192.0.2.11|2222|up|abc|6.1.0|x86_64|2026-11-20 12:00:00.123|NULL|-12",
                ]
            )
            #expect(
                try connection.lines(
                    "SELECT host, address, type, severity, comparison, threshold, value, peak, unit, opened_at "
                        + "FROM open_alerts"
                ) == ["web-1|192.0.2.11|cpu_percent|critical|above|90|97.2|99.5|percent|2026-11-20 12:00:00.123"]
            )
            #expect(
                try connection.lines(
                    "SELECT command, started_at, duration_ms, ending, exit_status, output, is_truncated "
                        + "FROM command_outputs"
                ) == ["queue_depth|2026-11-20 12:00:00.123|15|exited|2|17\nx\0y\u{fffd}|0"]
            )
        }

        @Test func theSameBatchAgainChangesNothing() throws {
            let database = try TestDatabase()
            let connection = try database.prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(Self.batch())
            let before = try contents(connection)
            try writer.write(Self.batch())
            #expect(try contents(connection) == before)
            // Through a new connection, as after a crash.
            try DatabaseWriter(database.connect()).write(Self.batch())
            #expect(try contents(connection) == before)
            #expect(before.count > 15)
        }

        @Test func theNewestOfEachSeriesHoweverOld() throws {
            let connection = try TestDatabase().prepared()
            try Partitions.extend(connection, now: Self.noon)
            let writer = DatabaseWriter(connection)
            for hour in [0, 24, 48] {
                var batch = Self.batch(at: Timestamp(milliseconds: Self.noon.milliseconds + Int64(hour) * 3_600_000))
                if hour == 48 { batch.samples[0].samples = [SeriesSample(metric: "cpu_percent", value: 5)] }
                try writer.write(batch)
            }
            #expect(
                try connection.lines(
                    "SELECT metric, instance, value, DATE(collected_at) FROM latest_metric_values ORDER BY 1, 2"
                ) == [
                    "cpu_percent||5|2026-11-22", "disk_used_percent|/|0.30000000000000004|2026-11-21",
                    "disk_used_percent|/mnt/😀|0.0000001|2026-11-21", "mem_total_bytes||16777216000|2026-11-21",
                ]
            )
            #expect(try connection.lines("SELECT COUNT(*) FROM metric_values") == ["9"])
        }

        @Test func whatIsNotToldStays() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(Self.batch())
            try writer.write(
                DatabaseBatch(hosts: [
                    HostRow(name: "web-1", address: "192.0.2.12", state: .refused, lastError: "first"),
                    HostRow(name: "web-1", address: "192.0.2.12", state: .refused),
                ])
            )
            #expect(
                try connection.lines(
                    "SELECT address, port, state, machine_id, kernel, last_seen, last_error, clock_skew_ms FROM hosts WHERE name = 'web-1'"
                )
                    == ["192.0.2.12|22|refused|abc|6.1.0|2026-11-20 12:00:00.123|first|-12"]
            )
        }

        @Test func aResolvedAlertLeavesTheView() throws {
            let connection = try TestDatabase().prepared()
            let writer = DatabaseWriter(connection)
            try writer.write(Self.batch())
            var alert = Self.batch().alerts[0]
            alert.resolvedAt = Timestamp(milliseconds: Self.noon.milliseconds + 60_000)
            alert.value = 41
            try writer.write(DatabaseBatch(alerts: [alert]))
            #expect(try connection.lines("SELECT * FROM open_alerts") == [])
            #expect(
                try connection.lines("SELECT value, peak, resolved_at FROM alerts")
                    == ["41|99.5|2026-11-20 12:01:00.123"]
            )
        }

        @Test func namesDifferByCaseAccentFormAndTrailingSpace() throws {
            let connection = try TestDatabase().prepared()
            let names =
                ["a", "A", "a ", "a  ", "\u{e9}", "e\u{301}", "", " ", "😀", String(repeating: "x", count: 600) + "1"]
                + [String(repeating: "x", count: 600) + "2"]
            var batch = DatabaseBatch()
            for name in names {
                batch.hosts.append(HostRow(name: "h" + name, address: name))
                batch.samples.append(
                    HostSamples(
                        host: "h" + name,
                        collectedAt: Self.noon,
                        samples: names.map { SeriesSample(metric: "m" + $0, instance: $0, value: 1) }
                    )
                )
            }
            let writer = DatabaseWriter(connection)
            try writer.write(batch)
            try writer.write(batch)
            for (table, count) in [("hosts", 11), ("metrics", 11), ("series", 121), ("samples", 121)] {
                #expect(try connection.lines("SELECT COUNT(*) FROM \(table)") == ["\(count)"], "\(table)")
            }
            #expect(
                try connection.lines("SELECT COUNT(*) FROM hosts WHERE BINARY name = CONCAT('h', address)") == ["9"]
            )
        }

        @Test func moreRowsThanOneStatementTakes() throws {
            let connection = try TestDatabase().prepared()
            var batch = DatabaseBatch()
            for host in 0..<30 {
                batch.hosts.append(HostRow(name: "host-\(host)", address: ""))
                batch.samples.append(
                    HostSamples(
                        host: "host-\(host)",
                        collectedAt: Self.noon,
                        samples: (0..<101).map { SeriesSample(metric: "m", instance: "\($0)", value: Double($0) / 7) }
                    )
                )
            }
            let writer = DatabaseWriter(connection)
            try writer.write(batch)
            #expect(try connection.lines("SELECT COUNT(*), COUNT(DISTINCT series_id) FROM samples") == ["3030|3030"])
            #expect(
                try connection.lines("SELECT COUNT(*) FROM metric_values WHERE ABS(value - instance / 7) > 1e-9") == [
                    "0"
                ]
            )
            // Instances come and go.
            batch.samples = batch.samples.map { poll in
                var poll = poll
                poll.collectedAt.milliseconds += 1_000
                poll.samples.removeSubrange(10..<20)
                poll.samples.append(SeriesSample(metric: "new", value: 1))
                poll.samples.swapAt(0, 50)
                return poll
            }
            try writer.write(batch)
            #expect(try connection.lines("SELECT COUNT(*), COUNT(DISTINCT series_id) FROM samples") == ["5790|3060"])
            #expect(
                try connection.lines(
                    "SELECT COUNT(*) FROM metric_values WHERE metric = 'm' AND ABS(value - instance / 7) > 1e-9"
                ) == ["0"]
            )
        }

        @Test func longOutputsAreCutAndBigBatchesSplit() throws {
            let database = try TestDatabase()
            try database.prepared().run("SELECT 1")
            let writer = DatabaseWriter(try database.connect())
            let limit = writer.connection.maximumPacketBytes
            var batch = DatabaseBatch()
            for number in 0..<6 {
                let size = number == 0 ? limit : limit / 8
                batch.commandOutputs.append(
                    CommandOutputRow(
                        host: "web-1",
                        command: "c\(number)",
                        startedAt: Self.noon,
                        durationMilliseconds: 1,
                        ending: .timedOut,
                        status: 0,
                        output: .init(repeating: UInt8(ascii: "'"), count: size),
                        isTruncated: false
                    )
                )
            }
            try writer.write(batch)
            #expect(
                try writer.connection.lines(
                    "SELECT is_truncated, COUNT(*), MIN(LENGTH(output)) > \(limit / 9) FROM command_outputs GROUP BY 1"
                ) == ["0|5|1", "1|1|1"]
            )
        }
    }
}
