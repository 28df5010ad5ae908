import Alerts
import Configuration
import Journal
import SSH
import Wire

/// The deliveries as `metricsd status` shows them: a line each, and under it why the last try failed.
struct DeliveriesTable {
    struct Line {
        var name: String
        /// Where it delivers to, or that nobody does.
        var place: String
        var backlog: DeliveryBacklog
        var lastError: String?
    }

    let lines: [Line]

    /// Also those that are not configured any more and have something to carry.
    init(_ deliveries: [DeliverySettings], journal: Journal) throws {
        var lines = try deliveries.map { delivery in
            Line(
                name: delivery.name,
                place: "\(delivery.target.displayAddress) \(delivery.directory)",
                backlog: try journal.deliveryBacklog(of: delivery.name),
                lastError: try journal.lastDeliveryError(of: delivery.name)
            )
        }
        let names = Set(deliveries.map(\.name))
        for name in try journal.undeliveredBatches().keys.sorted() where !names.contains(name) {
            let backlog = try journal.deliveryBacklog(of: name)
            lines.append(Line(name: name, place: "not in the configuration", backlog: backlog))
        }
        self.lines = lines
    }

    func render(now: Timestamp) -> String {
        var rows = [["delivery", "to", "waiting", "size", "failed", "altered", "oldest"]]
        for line in lines {
            let backlog = line.backlog
            rows.append([
                line.name, line.place, "\(backlog.waitingBatches - backlog.failedBatches)",
                ValueText.full(Double(backlog.waitingBytes), unit: "bytes"),
                "\(backlog.failedBatches)", "\(backlog.alteredBatches)",
                backlog.oldestClosedAt.map { CellText.age($0, at: now) } ?? "",
            ])
        }
        let table = TextTable.render(rows, rightAligned: [2, 3, 4, 5, 6]).split(separator: "\n").map(String.init)
        var text = table[0] + "\n"
        for (row, line) in zip(table.dropFirst(), lines) {
            text += row + "\n"
            if line.backlog.waitingBatches > 0, let error = line.lastError {
                // Most begin with the delivery's name already.
                let prefix = error.hasPrefix("\(line.name): ") ? "" : "\(line.name): "
                text += "  \(prefix)\(LogfmtHandler.oneLine(error))\n"
            }
        }
        return text
    }
}
