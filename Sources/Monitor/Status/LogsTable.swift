import Alerts
import Journal
import Wire

/// The followed logs as `metricsd status` shows them: a line each, and under it the first lines that could not be read.
enum LogsTable {
    /// - Parameter logs: in the order in which they are shown.
    static func render(_ logs: [(name: LogName, status: LogStatusRecord)], now: Timestamp) -> String {
        var rows = [["host", "log", "state", "last line", "lines", "skipped", "unread", "behind", "format"]]
        for (name, status) in logs {
            rows.append([
                name.host, name.log, words(status), status.lastLineAt.map { CellText.age($0, at: now) } ?? "never",
                "\(status.lines)", "\(status.skipped)", "\(status.unread)",
                ValueText.full(Double(status.bytesBehind ?? 0), unit: "bytes"), status.format,
            ])
        }
        let lines = TextTable.render(rows, rightAligned: [3, 4, 5, 6, 7]).split(separator: "\n").map(String.init)
        var text = lines[0] + "\n"
        for (line, (name, status)) in zip(lines.dropFirst(), logs) {
            text += line + "\n"
            if let reason = status.heldBack { text += "  \(name.log), held back: \(LogfmtHandler.oneLine(reason))\n" }
            for unread in status.firstUnread {
                let reason = unread.reason.replacing("_", with: " ")
                text += "  \(name.log), unread (\(reason)): \(LogfmtHandler.oneLine(unread.text))\n"
            }
        }
        return text
    }

    static func words(_ status: LogStatusRecord) -> String {
        if status.heldBack != nil { return "held back" }
        return switch status.condition {
        case .unknown: "not read yet"
        case .following: "followed"
        case .missing: "no such file"
        case .denied: "permission denied"
        case .notAFile: "not a file"
        case .failed: status.detail.isEmpty ? "failed" : status.detail
        }
    }
}
