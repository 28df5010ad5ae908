import Alerts
import Foundation
import TestServers
import Testing
import Wire

/// The SQL that mails offer, run as a reader would: pasted into the client of a real server with our schema.
@Suite struct MailQueriesTests {
    private static let hosts = ["web-1", "o'brien", "back\\slash", "line\nbreak"]
    private static let instances = ["", "/", "/var 'x'", "/ü🔥", "C:\\temp\\", "tab\there", "_%", "a -- b", "\";#"]

    @Test("Every query of every kind of mail runs and finds its rows")
    func queries() throws {
        let server = try MariaDBServer()
        let database = ["--database=\(MariaDBServer.database)", "--default-character-set=utf8mb4"]
        try server.client(database, input: try MailQueriesTests.model())
        // Hexadecimal, so that the rows do not depend on the quoting that is under test.
        var rows = "INSERT INTO metrics (metric_id, name) VALUES (1, 'disk_used_percent');\n"
        for (host, name) in MailQueriesTests.hosts.enumerated() {
            rows += "INSERT INTO hosts (host_id, name) VALUES (\(host + 1), \(hex(name)));\n"
            rows +=
                "INSERT INTO command_outputs (host_id, command, started_at, exit_status, output) "
                + "VALUES (\(host + 1), 'queue_depth', '2026-11-20 18:00:00', 1, 'marker');\n"
            rows +=
                "INSERT INTO traffic (host_id, log_name, window_start, hits) "
                + "VALUES (\(host + 1), 'access', '2026-11-20 17:58:10', \(8_000 + host));\n"
            rows +=
                "INSERT INTO traffic_sections (host_id, log_name, window_start, section, hits) VALUES "
                + "(\(host + 1), 'access', '2026-11-20 17:58:10', '/api', \(4_000 + host)), "
                + "(\(host + 1), 'access', '2026-11-20 17:59:50', '/api', 5000);\n"
            for (place, instance) in MailQueriesTests.instances.enumerated() {
                let series = host * 100 + place + 1
                rows +=
                    "INSERT INTO series (series_id, host_id, metric_id, instance) "
                    + "VALUES (\(series), \(host + 1), 1, \(hex(instance)));\n"
                rows += "INSERT INTO samples VALUES (\(series), '2026-11-20 18:00:00', \(7_000 + series));\n"
            }
        }
        try server.client(database, input: rows)

        for (host, name) in MailQueriesTests.hosts.enumerated() {
            for (place, instance) in MailQueriesTests.instances.enumerated() {
                let output = try server.client(
                    database,
                    input: try sql(name, instance) { $0.value(95, at: 0, metric: 1, instance: $1) }
                )
                #expect(output.contains("\t\(7_000 + host * 100 + place + 1)"), "\(name) \(instance)")
                #expect(output.split(separator: "\n").count == 2, "one row and its header: \(output)")
            }
            #expect(
                try server.client(database, input: try sql(name, "") { host, _ in host.command(1, at: 0) }).contains(
                    "marker"
                )
            )
            #expect(
                try server.client(database, input: try sql(name, "") { host, _ in host.tick(at: 600) }).contains(
                    "unknown"
                )
            )
            let busy = try server.client(
                database,
                input: try sql(name, "") { host, _ in host.traffic(2_400, at: 0) }
            )
            #expect(busy.contains("\t\(8_000 + host)\t"))
            #expect(busy.contains("/api\t\(9_000 + host)"), "the sections of the window and since: \(busy)")
            let silent = try server.client(database, input: try sql(name, "") { host, _ in host.tick(at: 300) })
            #expect(silent.contains("\t\(8_000 + host)\t0\t0"))
            let loss =
                "INSERT INTO alerts (alert_id, host, type, instance, opened_at, value) "
                + "VALUES ('alert-\(host)', \(hex(name)), 'log_loss', 'access', '2026-11-20 18:00:00', \(6_000 + host));"
            try server.client(database, input: loss)
            let lost = try server.client(
                database,
                input: try sql(name, "") { host, _ in
                    host.lose(LogLoss(cause: .removed, file: "/a", bytes: 1), at: 0)
                }
            )
            #expect(lost.contains("\t\(6_000 + host)\t"))
        }
    }

    @Test("The queries about deliveries, the disk and batches find the files they speak of")
    func batchQueries() throws {
        let server = try MariaDBServer()
        let database = ["--database=\(MariaDBServer.database)", "--default-character-set=utf8mb4"]
        try server.client(database, input: try MailQueriesTests.model())
        var rows = "INSERT INTO hosts (host_id, name) VALUES (1, 'web-1'), (2, 'web-2');\n"
        for (place, state) in ["open", "closed", "sent", "failed"].enumerated() {
            for host in 1...2 {
                let delivery = host == 1 ? "'edw'" : "NULL"
                rows +=
                    "INSERT INTO log_batches (host_id, log_name, path, window_start, window_seconds, part, state, delivery, "
                    + "byte_count, closed_at, last_error, remote_path) VALUES (\(host), 'access', '/h\(host)-\(state)', "
                    + "'2026-11-20 1\(place):00:00', 1200, 1, '\(state)', \(delivery), 100, '2026-11-20 1\(place):30:00', "
                    + "'refused', '/in/\(state)');\n"
            }
        }
        try server.client(database, input: rows)
        func answer(_ event: ServiceEvent) throws -> String {
            var service = ServiceDialogue(edw())
            _ = service.observe(event, at: 0)
            let mail = try #require(service.mails(service.notifications[0].kind).first)
            let start = try #require(mail.body.range(of: "\nMore\n"))
            return try server.client(database, input: String(mail.body[start.upperBound...]))
        }

        let condition = DeliveryCondition(failedBatches: 1, waitingBatches: 2, waitingBytes: 200, reason: "refused")
        let waiting = try answer(.delivery("edw", condition))
        #expect(waiting.contains("/h1-closed") && waiting.contains("/h1-failed"))
        #expect(!waiting.contains("/h1-sent") && !waiting.contains("/h2-") && !waiting.contains("-open"))
        #expect(waiting.contains("\trefused"))
        let disk = try answer(.diskUse(bytes: 95, budget: 100, isStopped: false, reason: ""))
        #expect(disk.contains("web-2\taccess\tsent\t1\t100"))
        let conflict = DeliveryConflict(delivery: "edw", takenPath: "/in/x", storedPath: "/in/y")
        #expect(try answer(.conflict(conflict)).contains("/in/sent"))
        let altered = AlteredBatch(host: "web-1", log: "access", path: "/x", finding: "it is gone", delivery: "edw")
        let found = try answer(.altered(altered))
        #expect(found.contains("/h1-failed") && !found.contains("/h2-") && !found.contains("/h1-sent"))
    }

    private static func model() throws -> String {
        let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("db_model.sql")
        return try String(contentsOf: model, encoding: .utf8)
    }

    /// The queries in the mail about what an event raises on a host of that name.
    private func sql(
        _ name: String,
        _ instance: String,
        _ event: (inout Dialogue, String) -> [String]
    ) throws -> String {
        var host = Dialogue(
            above(90, "disk_used_percent"),
            AlertRule(.commandStatus("queue_depth"), recipients: ops),
            noData(for: .seconds(600)),
            highTraffic(),
            logSilent(),
            logs: [Dialogue.access]
        )
        _ = event(&host, instance)
        var notification = try #require(host.notifications.first)
        notification.alert.host = name
        let body = try #require(AlertMail.compose([notification], domain: "example.org").first).body
        let start = try #require(body.range(of: "\nMore\n"))
        notification.alert.resolvedAt = Dialogue.moment(60)
        notification.kind = .resolved
        let resolved = try #require(AlertMail.compose([notification], domain: "example.org").first).body
        let end = try #require(resolved.range(of: "  SELECT * FROM alerts"))
        return String(body[start.upperBound...]) + String(resolved[end.lowerBound...])
    }

    private func hex(_ text: String) -> String {
        text.isEmpty ? "''" : "X'\(text.utf8.map { String(format: "%02x", $0) }.joined())'"
    }
}
