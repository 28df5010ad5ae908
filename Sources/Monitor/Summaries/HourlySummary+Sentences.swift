import Alerts
import Wire

extension HourlySummary {
    /// `[metricsd] Summary 10:15-11:15 UTC: 12 files, 48,211 lines, 2 failed, 3 logs silent`
    var subject: String {
        "[metricsd] Summary \(SummaryText.period(from, to, separator: "-")): \(news.joined(separator: ", "))"
    }

    private var news: [String] {
        let total = total
        guard total.files > 0 else { return ["no files"] + troubles }
        var parts = [SummaryText.count(total.files, "file"), SummaryText.count(total.lines, "line")]
        if failed + waiting == 0, deliveries.contains(where: { $0.files > 0 }) { parts.append("all delivered") }
        return parts + troubles
    }

    private var troubles: [String] {
        var parts: [String] = []
        if failed > 0 { parts.append("\(SummaryText.grouped(failed)) failed") }
        if waiting > 0 { parts.append("\(SummaryText.grouped(waiting)) waiting") }
        if !silentLogs.isEmpty { parts.append("\(SummaryText.count(silentLogs.count, "log")) silent") }
        if !openAlerts.isEmpty { parts.append("\(SummaryText.count(openAlerts.count, "alert")) open") }
        if disk?.isStopped == true { parts.append("pulling has stopped") }
        return parts
    }

    /// What is to be known at once, a sentence each.
    var sentences: [SummaryDocument.Sentence] {
        var sentences: [SummaryDocument.Sentence] = []
        if isLate {
            let length = ValueText.duration(milliseconds: to.milliseconds - from.milliseconds)
            sentences.append(
                .init(
                    "This is one summary of \(length): none was made meanwhile, because metricsd did not run or the clock was set.",
                    isTrouble: true
                )
            )
        }
        let total = total
        sentences.append(
            .init(
                total.files == 0
                    ? "No file was closed."
                    : "\(SummaryText.count(total.files, "file")) closed: \(SummaryText.count(total.lines, "line")), "
                        + "\(SummaryText.count(total.bytes, "byte"))\(SummaryText.rounded(total.bytes))."
            )
        )
        sentences += deliverySentences
        if !silentLogs.isEmpty {
            let verb = silentLogs.count == 1 ? "is" : "are"
            sentences.append(.init("\(SummaryText.count(silentLogs.count, "log")) \(verb) silent.", isTrouble: true))
        }
        if !openAlerts.isEmpty {
            let verb = openAlerts.count == 1 ? "is" : "are"
            sentences.append(.init("\(SummaryText.count(openAlerts.count, "alert")) \(verb) open.", isTrouble: true))
        }
        if let disk, disk.isStopped {
            sentences.append(
                .init(
                    "There is no room for more: lines are not pulled and wait on their hosts. Raise max-disk, or see what "
                        + "is not delivered.",
                    isTrouble: true
                )
            )
        }
        return sentences
    }

    private var deliverySentences: [SummaryDocument.Sentence] {
        guard failed + waiting > 0 else {
            return deliveries.contains { $0.files > 0 }
                ? [.init("Everything that is to be delivered is delivered.")] : []
        }
        var sentences: [SummaryDocument.Sentence] = []
        if failed > 0 {
            sentences.append(
                .init(
                    "\(SummaryText.count(failed, "file")) could not be delivered so far; metricsd keeps trying.",
                    isTrouble: true
                )
            )
        }
        if waiting > 0 {
            let verb = waiting == 1 ? "waits for its" : "wait for their"
            sentences.append(.init("\(SummaryText.count(waiting, "file")) \(verb) delivery."))
        }
        return sentences
    }

    /// Gives the numbers of the first table, to be pasted into `mysql`. States go on after the mail was made.
    var query: [String] {
        let states = ["SUM(b.state = 'sent') AS sent,", "SUM(b.state = 'failed') AS failed"]
        var columns = ["SUM(b.line_count) AS line_count,", "SUM(b.byte_count) AS byte_count"]
        if !deliveries.isEmpty { columns = [columns[0], columns[1] + ","] + states }
        return ["SELECT h.name AS host, COUNT(*) AS files,"] + columns.map { "       \($0)" } + [
            "  FROM log_batches b JOIN hosts h ON h.host_id = b.host_id",
            " WHERE b.closed_at >= '\(SummaryText.exact(from))'",
            "   AND b.closed_at <  '\(SummaryText.exact(to))'",
            " GROUP BY h.name WITH ROLLUP;",
        ]
    }
}

/// Numbers and times of a summary.
enum SummaryText {
    /// `48,211`
    static func grouped(_ number: some BinaryInteger) -> String {
        var text = ""
        for (place, digit) in String(number).reversed().enumerated() {
            if place > 0, place % 3 == 0, digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// `1 file`, `48,211 lines`
    static func count(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// ` (9.3 MiB)`; nothing where the number itself is as short.
    static func rounded(_ bytes: UInt64) -> String {
        bytes < 1_024 ? "" : " (\(ValueText.short(Double(bytes), unit: "bytes")))"
    }

    /// `10:15-11:15 UTC`; with the days where it is more than an hour.
    static func period(_ from: Timestamp, _ to: Timestamp, separator: String) -> String {
        guard to.milliseconds - from.milliseconds > 3_600_000 else {
            return "\(clock(from))\(separator)\(clock(to)) UTC"
        }
        return "\(minute(from)) to \(minute(to)) UTC"
    }

    /// `2026-11-20 10:15:00`, with milliseconds where there are any.
    static func exact(_ moment: Timestamp) -> String {
        let rest = moment.milliseconds % 1_000
        return rest == 0 ? moment.utcText : "\(moment.utcText).\(String(rest + 1_000).suffix(3))"
    }

    /// `2026-11-20 10:15`
    static func minute(_ moment: Timestamp) -> String { String(moment.utcText.dropLast(3)) }

    /// `10:15`
    private static func clock(_ moment: Timestamp) -> String { String(minute(moment).suffix(5)) }

    /// `10:15` within a day of `now`, else with its day.
    static func moment(_ moment: Timestamp, near now: Timestamp) -> String {
        abs(now.milliseconds - moment.milliseconds) < 20 * 3_600_000 ? clock(moment) : minute(moment)
    }
}
