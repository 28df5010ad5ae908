import Alerts
import Configuration
import Journal
import SSH
import Wire

/// The deliveries as `metricsd status` shows them: a line each, and under it why the last try failed.
struct DeliveriesTable {
    struct Line {
        var delivery: DeliverySettings
        var backlog: DeliveryBacklog
        var lastError: String?
    }

    let lines: [Line]

    func render(now: Timestamp) -> String {
        var rows = [["delivery", "to", "waiting", "size", "failed", "oldest"]]
        for line in lines {
            let backlog = line.backlog
            rows.append([
                line.delivery.name, "\(line.delivery.target.displayAddress) \(line.delivery.directory)",
                "\(backlog.waitingBatches)", ValueText.full(Double(backlog.waitingBytes), unit: "bytes"),
                "\(backlog.failedBatches)", backlog.oldestClosedAt.map { CellText.age($0, at: now) } ?? "",
            ])
        }
        let table = TextTable.render(rows, rightAligned: [2, 3, 4, 5]).split(separator: "\n").map(String.init)
        var text = table[0] + "\n"
        for (row, line) in zip(table.dropFirst(), lines) {
            text += row + "\n"
            if line.backlog.waitingBatches > 0, let error = line.lastError {
                text += "  \(line.delivery.name): \(LogfmtHandler.oneLine(error))\n"
            }
        }
        return text
    }
}
