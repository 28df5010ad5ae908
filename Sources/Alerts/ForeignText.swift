/// Text from hosts (instances, error texts, command output) made fit for a mail and for a terminal.
package enum ForeignText {
    /// One line: control characters and those that reorder text are shown as `\n`, `\x1b`, `\u{202e}`; a text that is
    /// longer than `limit` characters ends in `…`.
    package static func line(_ text: String, limit: Int = 200) -> String {
        var shown = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else { return shown + "…" }
            count += 1
            append(scalar, to: &shown)
        }
        return shown
    }

    /// Its lines, each as in `line`; blank ones at the end are left out, and lines beyond `limit` are counted.
    package static func lines(_ text: String, limit: Int = 40) -> [String] {
        var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map { line(String($0), limit: 500) }
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        guard lines.count > limit else { return lines }
        return lines.prefix(limit) + ["… and \(lines.count - limit) more lines"]
    }

    /// The first sentence, without its full stop, and the rest; what stands behind `; ` belongs to the rest, too.
    static func sentences(_ text: String) -> (first: String, rest: String) {
        let characters = Array(text)
        for index in characters.indices.dropLast()
        where characters[index + 1] == " " && ".;".contains(characters[index]) {
            return (String(characters[..<index]), String(characters[(index + 2)...]))
        }
        return (text.hasSuffix(".") ? String(text.dropLast()) : text, "")
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        default:
            switch scalar.properties.generalCategory {
            case .control where scalar.value < 0x100:
                text += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            // Among them the marks that turn the direction of what follows; ZERO WIDTH JOINER makes emoji.
            case .control, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            case .format where scalar.value != 0x200D:
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            default:
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
