import Wire

/// The SQL that shows more about an alert, to be pasted into `mysql`.
enum AlertQueries {
    /// How far before the alert the values are worth a look.
    private static let contextMilliseconds: Int64 = 3_600_000

    static func lines(for alert: Alert) -> [String] {
        let host = literal(alert.host)
        let from = literal(alert.since.advanced(by: -contextMilliseconds).utcText)
        let own: [String]
        switch alert.kind {
        case .metric:
            own = [
                "SELECT collected_at, value FROM metric_values",
                " WHERE host = \(host) AND metric = \(literal(alert.type)) AND instance = \(literal(alert.instance))",
                "   AND collected_at >= \(from) ORDER BY collected_at;",
            ]
        case .commandStatus:
            own = [
                "SELECT o.started_at, o.ending, o.exit_status, o.output",
                "  FROM command_outputs o JOIN hosts h ON h.host_id = o.host_id",
                " WHERE h.name = \(host) AND o.command = \(literal(alert.type))",
                " ORDER BY o.started_at DESC LIMIT 10;",
            ]
        case .clockSkew:
            own = ["SELECT name, state, last_seen, clock_skew_ms FROM hosts ORDER BY ABS(clock_skew_ms) DESC LIMIT 20;"]
        case .machineChanged:
            own = ["SELECT name, address, state, machine_id, last_seen, last_error FROM hosts WHERE name = \(host);"]
        case .unreachable, .noData:
            own = ["SELECT name, address, state, last_seen, last_error FROM hosts WHERE name = \(host);"]
        case .highTraffic:
            let section = [
                "SELECT s.section, SUM(s.hits) AS requests",
                "  FROM traffic_sections s JOIN hosts h ON h.host_id = s.host_id",
                " WHERE h.name = \(host) AND s.log_name = \(literal(alert.instance))",
                "   AND s.window_start \(span(of: alert))",
                " GROUP BY s.section ORDER BY requests DESC LIMIT 20;",
            ]
            own =
                [
                    "SELECT t.window_start, t.hits, t.bytes, t.status_4xx, t.status_5xx, t.clients",
                    "  FROM traffic t JOIN hosts h ON h.host_id = t.host_id",
                    " WHERE h.name = \(host) AND t.log_name = \(literal(alert.instance))",
                    "   AND t.window_start >= \(from) ORDER BY t.window_start;",
                ] + section
        case .logSilent:
            own = [
                "SELECT t.window_start, t.hits, t.skipped, t.unread",
                "  FROM traffic t JOIN hosts h ON h.host_id = t.host_id",
                " WHERE h.name = \(host) AND t.log_name = \(literal(alert.instance))",
                " ORDER BY t.window_start DESC LIMIT 20;",
            ]
        case .logLoss:
            own = [
                "SELECT opened_at, value, reason FROM alerts",
                " WHERE host = \(host) AND type = 'log_loss' AND instance = \(literal(alert.instance))",
                " ORDER BY opened_at DESC LIMIT 20;",
            ]
        case .deliveryFailed:
            own = [
                "SELECT h.name AS host, b.path, b.state, b.byte_count, b.closed_at, b.attempts, b.last_error",
                "  FROM log_batches b JOIN hosts h ON h.host_id = b.host_id",
                " WHERE b.delivery = \(literal(alert.instance)) AND b.state IN ('closed', 'failed')",
                " AND b.removed_at IS NULL ORDER BY b.closed_at;",
            ]
        case .diskBudget:
            own = [
                "SELECT h.name AS host, b.log_name, b.state, COUNT(*) AS files, SUM(b.byte_count) AS uncompressed_bytes",
                "  FROM log_batches b JOIN hosts h ON h.host_id = b.host_id",
                " WHERE b.removed_at IS NULL GROUP BY h.name, b.log_name, b.state ORDER BY 5 DESC LIMIT 20;",
            ]
        case .journalGrowing:
            own = [
                "SELECT collected_at, metric, value FROM metric_values",
                " WHERE host = \(host) AND metric IN ('metricsd_journal_records', 'metricsd_drain_lag_seconds')",
                "   AND collected_at >= \(from) ORDER BY collected_at;",
            ]
        case .deliveryConflict:
            own = [
                "SELECT h.name AS host, b.path, b.remote_path, b.byte_count, b.sha256, b.sent_at",
                "  FROM log_batches b JOIN hosts h ON h.host_id = b.host_id",
                " WHERE b.delivery = \(literal(alert.instance)) ORDER BY b.closed_at DESC LIMIT 20;",
            ]
        case .batchAltered:
            own = [
                "SELECT h.name AS host, b.path, b.line_count, b.byte_count, b.sha256, b.last_error",
                "  FROM log_batches b JOIN hosts h ON h.host_id = b.host_id",
                " WHERE b.state = 'failed' AND b.removed_at IS NULL",
                " AND CONCAT(h.name, '/', b.log_name) = \(literal(alert.instance))",
                " ORDER BY b.closed_at;",
            ]
        case .journalDamaged:
            // Nobody remembers them any more, so nobody resolves them.
            own = [
                "SELECT alert_id, host, type, instance, opened_at FROM open_alerts",
                " WHERE opened_at < \(literal(alert.openedAt.utcText)) ORDER BY opened_at;",
            ]
        }
        // Where it is over, what else was is the question; else what else is.
        let others =
            alert.resolvedAt == nil
            ? "SELECT * FROM open_alerts WHERE host = \(host);"
            : "SELECT * FROM alerts WHERE host = \(host) ORDER BY opened_at DESC LIMIT 10;"
        return own + [others]
    }

    /// While it fired, as a condition on a time: from the beginning of the window that raised it.
    private static func span(of alert: Alert) -> String {
        let start = alert.since.advanced(by: -(alert.log?.windowMilliseconds ?? 0))
        guard let end = alert.resolvedAt else { return ">= \(literal(start.utcText))" }
        return "BETWEEN \(literal(start.utcText)) AND \(literal(end.utcText))"
    }

    /// A text as an SQL literal that reads back as the same text in MySQL and MariaDB, whether or not `sql_mode` has
    /// `NO_BACKSLASH_ESCAPES`: what could be read in two ways is written in hexadecimal.
    static func literal(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0 != "\\" && ForeignText.line(String($0)) == String($0) }
        guard isPlain else {
            let digits = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            return "_utf8mb4 X'\(digits.joined())'"
        }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
