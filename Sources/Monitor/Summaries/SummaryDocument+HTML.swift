/// HTML for mail readers: they differ most in CSS, so it is inline and simple, and no colour of the page is set. A reader in
/// its dark mode shows the text light on dark by itself; the few colours that are set can be read on both.
extension SummaryDocument {
    private static let faint = "#7a7a7a"
    private static let trouble = "#d8432f"
    private static let rule = "#9a9a9a66"

    /// A whole document. Lines end in `\n`; all text of others is escaped.
    var html: String {
        var lines = [
            "<!DOCTYPE html>",
            "<html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<meta name=\"color-scheme\" content=\"light dark\">",
            "<meta name=\"supported-color-schemes\" content=\"light dark\">",
            "<title>\(Self.escaped(title))</title></head>",
            "<body style=\"margin:0;padding:16px\">",
            "<div style=\"max-width:680px;font:15px/1.45 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">",
            "<h1 style=\"font-size:19px;line-height:1.3;margin:0 0 12px\">\(Self.escaped(title))</h1>",
        ]
        lines += sentences.map { sentence in
            let colour = sentence.isTrouble ? ";color:\(Self.trouble);font-weight:600" : ""
            return "<p style=\"margin:0 0 4px\(colour)\">\(Self.escaped(sentence.text))</p>"
        }
        for section in sections {
            lines.append("<h2 style=\"font-size:15px;margin:22px 0 6px\">\(Self.escaped(section.title))</h2>")
            if let table = section.table { lines += Self.lines(of: table) }
            lines += section.lines.map { "<p style=\"margin:4px 0;overflow-wrap:anywhere\">\(Self.escaped($0))</p>" }
            if let footnote = section.footnote { lines.append(Self.footnote(footnote)) }
        }
        lines.append("<h2 style=\"font-size:15px;margin:22px 0 6px\">The same numbers in the database</h2>")
        lines.append(
            "<pre style=\"margin:0;font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap\">"
        )
        lines += query.map(Self.escaped)
        lines += ["</pre>", "</div></body></html>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func footnote(_ text: String) -> String {
        "<p style=\"margin:6px 0 0;font-size:13px;color:\(faint)\">\(escaped(text))</p>"
    }

    /// What can be said of a row is not said of its cells: some providers show the first 100 KB of a mail only.
    private static func lines(of table: Table) -> [String] {
        func row(_ cells: [String], _ tag: String, _ style: String) -> String {
            let cells = cells.enumerated().map { column, cell in
                let isNumber = table.rightAligned.contains(column)
                return "<\(tag) \(isNumber ? "align=\"right\" nowrap" : "align=\"left\"")>\(escaped(cell))</\(tag)>"
            }
            return "<tr valign=\"top\" style=\"\(style)\">\(cells.joined())</tr>"
        }
        let line = "border-bottom:1px solid \(rule)"
        var lines = [
            "<div style=\"overflow-x:auto;margin:0 -5px\">",
            "<table cellpadding=\"5\" cellspacing=\"0\" width=\"100%\" style=\"border-collapse:collapse;"
                + "font-variant-numeric:tabular-nums\">",
            row(table.headings, "th", "\(line);font-weight:400;font-size:13px;color:\(faint)"),
        ]
        lines += table.rows.map { row($0, "td", line) }
        if let totals = table.totals { lines.append(row(totals, "td", "font-weight:600")) }
        return lines + ["</table></div>"]
    }

    /// Fit for text and for attribute values.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
