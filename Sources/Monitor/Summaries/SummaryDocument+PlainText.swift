extension SummaryDocument {
    /// RFC 5322 would have 78; quoted twice it still fits.
    private static let width = 72
    private static let gap = 2
    /// A first column is not made narrower for the sake of the width.
    private static let narrowest = 12

    /// Lines end in `\n`.
    var plainText: String {
        var lines = [title, ""]
        for sentence in sentences { lines += Self.wrapped(sentence.text, indent: "") }
        for section in sections {
            lines += ["", section.title]
            if let table = section.table { lines += Self.lines(of: table) }
            for line in section.lines { lines += Self.wrapped(line, indent: "  ") }
            if let footnote = section.footnote { lines += Self.wrapped(footnote, indent: "  ") }
        }
        lines += ["", "The same numbers in the database"] + query.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of table: Table) -> [String] {
        var rows = [table.headings] + table.rows + [table.totals].compactMap { $0 }
        let columns = table.headings.count
        var widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let others = widths.dropFirst().reduce(0) { $0 + $1 + gap } + 2
        widths[0] = min(widths[0], max(width - others, narrowest))
        for place in rows.indices { rows[place][0] = shortened(rows[place][0], to: widths[0]) }
        return rows.map { row in
            var line = "  "
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += table.rightAligned.contains(column) ? padding + cell : cell + padding
                if column < columns - 1 { line += String(repeating: " ", count: gap) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    private static func shortened(_ text: String, to width: Int) -> String {
        text.count > width ? text.prefix(width - 1) + "…" : text
    }

    /// Broken at blanks, what follows the first line indented by two more; a longer word stays whole.
    private static func wrapped(_ text: String, indent: String) -> [String] {
        var lines: [String] = []
        var line = indent
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = indent + (indent.isEmpty ? "" : "  ")
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }
}
