import Alerts
import Wire

/// A summary laid out, before it is written as plain text or HTML. Foreign text in it is made printable, not yet escaped.
struct SummaryDocument: Equatable, Sendable {
    struct Sentence: Equatable, Sendable {
        var text: String
        var isTrouble: Bool

        init(_ text: String, isTrouble: Bool = false) {
            self.text = text
            self.isTrouble = isTrouble
        }
    }

    /// The first column is text, and shortened where the plain text has no room for it.
    struct Table: Equatable, Sendable {
        var headings: [String]
        var rows: [[String]]
        var totals: [String]?
        var rightAligned: Set<Int>
    }

    struct Section: Equatable, Sendable {
        var title: String
        var table: Table?
        /// Below the table.
        var lines: [String] = []
        var footnote: String?
    }

    var title: String
    var sentences: [Sentence]
    var sections: [Section]
    var query: [String]
}

extension HourlySummary {
    /// Longer lists end with a line that says how many there are more: a mail stays small enough to be taken.
    private static let rowsShown = 100
    private static let alertsShown = 50

    var document: SummaryDocument {
        SummaryDocument(
            title: "Collected logs, "
                + (isLate
                    ? SummaryText.period(from, to, separator: " to ")
                    : "\(from.utcText.prefix(10)) \(SummaryText.period(from, to, separator: " to "))"),
            sentences: sentences,
            sections: [hostSection, deliverySection, silenceSection].compactMap { $0 } + alertSections
                + [diskSection].compactMap { $0 },
            query: query
        )
    }

    private var hostSection: SummaryDocument.Section? {
        guard !hosts.isEmpty else { return nil }
        func cells(_ name: String, _ volume: Volume) -> [String] {
            [name] + [volume.files].map(SummaryText.grouped) + [volume.lines, volume.bytes].map(SummaryText.grouped)
                + (deliveries.isEmpty ? [] : [volume.sent, volume.failed].map(SummaryText.grouped))
        }
        var shown = hosts
        var title = "Hosts"
        var rest: [[String]] = []
        if hosts.count > Self.rowsShown {
            shown = Array(
                hosts.sorted { ($1.volume.bytes, $0.name) < ($0.volume.bytes, $1.name) }.prefix(Self.rowsShown)
            )
            title = "Hosts, those with the most bytes"
            let names = Set(shown.map(\.name))
            let others = hosts.filter { !names.contains($0.name) }
            let volume = others.reduce(into: Volume()) { $0 += $1.volume }
            rest = [cells("\(SummaryText.grouped(others.count)) more", volume)]
        }
        return SummaryDocument.Section(
            title: title,
            table: SummaryDocument.Table(
                headings: ["host", "files", "lines", "bytes"] + (deliveries.isEmpty ? [] : ["sent", "failed"]),
                rows: shown.map { cells(ForeignText.line($0.name), $0.volume) } + rest,
                totals: cells("in all", total),
                rightAligned: [1, 2, 3, 4, 5]
            )
        )
    }

    private var deliverySection: SummaryDocument.Section? {
        guard !deliveries.isEmpty else { return nil }
        let rows = deliveries.map { delivery in
            [ForeignText.line(delivery.name)]
                + [delivery.files, delivery.sent, delivery.failed, delivery.waiting].map { SummaryText.grouped($0) }
                + [delivery.oldestClosedAt.map { SummaryText.moment($0, near: madeAt) } ?? "-"]
        }
        let reasons = deliveries.compactMap { delivery in
            delivery.reason.map { "\(ForeignText.line(delivery.name)): \(ForeignText.line($0, limit: 500))" }
        }
        return SummaryDocument.Section(
            title: "Deliveries",
            table: SummaryDocument.Table(
                headings: ["delivery", "files", "sent", "failed", "waiting", "oldest"],
                rows: rows,
                rightAligned: [1, 2, 3, 4, 5]
            ),
            lines: reasons,
            footnote: "files, sent: of those closed in this time. failed, waiting: all that are not delivered at "
                + "\(String(madeAt.utcText.suffix(8))) UTC; oldest: when the first of them was closed."
        )
    }

    private var silenceSection: SummaryDocument.Section? {
        guard !silentLogs.isEmpty else { return nil }
        let rows = silentLogs.prefix(Self.rowsShown).map { log in
            [
                "\(ForeignText.line(log.host)) \(ForeignText.line(log.log, limit: 80))",
                log.lastLineAt.map { SummaryText.moment($0, near: madeAt) } ?? "never",
                ForeignText.line(log.condition, limit: 80),
            ]
        }
        return SummaryDocument.Section(
            title: "Silent logs",
            table: SummaryDocument.Table(headings: ["log", "last line", ""], rows: rows, rightAligned: [1]),
            lines: Self.more(silentLogs.count - rows.count)
        )
    }

    private var alertSections: [SummaryDocument.Section] {
        [
            alertSection("Open alerts", openAlerts) { "since \(SummaryText.moment($0.openedAt, near: madeAt))" },
            alertSection("Alerts that are over", endedAlerts) { alert in
                let end = alert.resolvedAt ?? alert.openedAt
                return "\(SummaryText.moment(alert.openedAt, near: madeAt)) to \(SummaryText.moment(end, near: madeAt))"
            },
            alertSection("Notices", notices) { SummaryText.moment($0.openedAt, near: madeAt) },
        ].compactMap { $0 }
    }

    private func alertSection(
        _ title: String,
        _ alerts: [OpenedAlert],
        time: (OpenedAlert) -> String
    ) -> SummaryDocument.Section? {
        guard !alerts.isEmpty else { return nil }
        let shown = alerts.prefix(Self.alertsShown)
        return SummaryDocument.Section(
            title: title,
            lines: shown.map { "\(time($0)): \(ForeignText.line($0.headline, limit: 500))" }
                + Self.more(alerts.count - shown.count)
        )
    }

    private static func more(_ count: Int) -> [String] {
        count > 0 ? ["and \(SummaryText.grouped(count)) more"] : []
    }

    private var diskSection: SummaryDocument.Section? {
        guard let disk else { return nil }
        func size(_ bytes: UInt64) -> String { ValueText.short(Double(bytes), unit: "bytes") }
        var text = "The files of all logs take \(size(disk.usedBytes))"
        if let budget = disk.budget, budget > 0 {
            let percent = NumberText.fixed(Double(disk.usedBytes) / Double(budget) * 100, decimals: 1)
            text += " of \(size(budget)) (\(percent) %)"
        }
        if let free = disk.freeBytes { text += "; \(size(free)) of the file system are free" }
        return SummaryDocument.Section(title: "Disk", lines: [text + "."])
    }
}
