/// How one line was read, for people: each field with what was made of it, and where and why reading failed.
package struct LineExplanation: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        /// In the words of the format's standard: `%h remote host`, `cs-uri-stem`.
        package var name: String
        /// As it stands in the line.
        package var text: String
        /// What it is read as, where that is not the text itself.
        package var meaning: String?
    }

    package struct Failure: Equatable, Sendable {
        package var reason: UnreadReason
        /// The byte of the line where reading failed, counted from 1.
        package var column: Int
        /// What is there and why it cannot be read.
        package var problem: String
        /// What would be right.
        package var mend: String
    }

    /// What the line is: "combined", "W3C Extended", "a directive", "an empty line".
    package var kind: String
    package var fields: [Field] = []
    package var failure: Failure?
    /// The line itself.
    package var line: [UInt8]
}

extension LineExplanation: CustomStringConvertible {
    /// Several lines of text without a newline at the end. Nothing of the log reaches a terminal as a control character.
    package var description: String {
        var lines: [String] = []
        if let failure {
            lines.append("not read: \(failure.reason.rawValue)")
            lines += pointer(to: failure.column - 1)
            lines.append("  Column \(failure.column): \(failure.problem)")
            lines.append("  \(failure.mend)")
            if !fields.isEmpty { lines.append("up to there, as \(kind):") }
        } else {
            lines.append("read as \(kind)")
        }
        // Names are foreign too: `#Fields` is a line of the log.
        let rows = fields.map { field in
            (
                name: Self.printable(Array(field.name.utf8)), text: Self.printable(Array(field.text.utf8)),
                meaning: field.meaning.map { "  → " + Self.printable(Array($0.utf8)) } ?? ""
            )
        }
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            let gap = String(repeating: " ", count: width - row.name.count)
            lines.append("  \(row.name)\(gap)  \(row.text)\(row.meaning)")
        }
        return lines.joined(separator: "\n")
    }

    /// A piece of the line around a position, and below it a caret.
    private func pointer(to position: Int) -> [String] {
        let position = min(max(position, 0), line.count)
        let before = Self.printable(Array(line[max(0, position - 60)..<position]))
        let behind = Self.printable(Array(line[position..<min(line.count, position + 40)]))
        let left = position > 60 ? "…" : ""
        let right = line.count - position > 40 ? "…" : ""
        return [
            "  \(left)\(before)\(behind)\(right)", "  " + String(repeating: " ", count: (left + before).count) + "^",
        ]
    }

    /// Fit for a terminal; with the number of bytes where it is cut.
    static func printable(_ bytes: [UInt8], limit: Int = 200) -> String {
        let text = ForeignBytes.line(bytes, limit: limit)
        return bytes.count <= limit ? text : text + "… (\(bytes.count) bytes)"
    }
}
