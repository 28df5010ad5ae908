import Alerts
import Wire

/// Columns of text for a terminal, as wide as what stands in them.
package enum TextTable {
    /// Rows of cells, the first one the heading. Lines end in a line end and carry no blanks behind the last cell.
    package static func render(_ rows: [[String]], rightAligned: Set<Int> = [], gap: Int = 2) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        var text = ""
        for row in rows {
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += rightAligned.contains(column) ? padding + cell : cell + padding
                if column < row.count - 1 { line += String(repeating: " ", count: gap) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}

/// Numbers as people read them.
enum CellText {
    /// How long ago, in whole seconds: `0 s`, `45 s`, `12 min`.
    static func age(_ moment: Timestamp, at now: Timestamp) -> String {
        ValueText.duration(milliseconds: max(now.milliseconds - moment.milliseconds, 0) / 1_000 * 1_000)
    }

    /// At most three decimals, no exponent, no trailing zeros: `42`, `0.125`, `8231923712`.
    static func plain(_ value: Double) -> String {
        guard value.magnitude < 1e15 else { return "\(value)" }
        let thousandths = (value * 1_000).rounded()
        guard thousandths != 0 else { return "0" }
        let sign = thousandths < 0 ? "-" : ""
        let whole = Int64(thousandths.magnitude) / 1_000
        let rest = Int64(thousandths.magnitude) % 1_000
        guard rest > 0 else { return "\(sign)\(whole)" }
        var decimals = String(rest + 1_000).dropFirst()
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(sign)\(whole).\(decimals)"
    }

    /// One decimal with a percent sign; `-` where there is no value.
    static func percent(_ value: Double?) -> String {
        guard let value else { return "-" }
        let tenths = Int64((min(max(value, -1e9), 1e9) * 10).rounded())
        return "\(tenths / 10).\(tenths.magnitude % 10)%"
    }
}
