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
        let width = fields.map(\.name.count).max() ?? 0
        for field in fields {
            let name = field.name + String(repeating: " ", count: width - field.name.count)
            let meaning = field.meaning.map { "  → \($0)" } ?? ""
            lines.append("  \(name)  \(Self.printable(Array(field.text.utf8), limit: 200))\(meaning)")
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

    /// Printable ASCII and whole UTF-8 characters as they are, everything else as `\xHH`.
    static func printable(_ bytes: [UInt8], limit: Int = .max) -> String {
        var text = ""
        var rest = bytes[...]
        while !rest.isEmpty, text.utf8.count < limit {
            var decoder = UTF8()
            var iterator = rest.makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&iterator), isPrintable(scalar) {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                let byte = rest.removeFirst()
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return rest.isEmpty ? text : text + "… (\(bytes.count) bytes)"
    }

    /// Neither a control character nor one that turns the direction of writing.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        default: true
        }
    }
}
