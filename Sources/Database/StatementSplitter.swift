/// Cuts a file of SQL into statements at the semicolons that are not inside quotes or comments.
///
/// Comments between and inside statements are left out. It knows what `db_model.sql` may hold: `'…'`, `"…"` and `` `…` ``
/// with doubled quotes and backslashes, `-- `, `#` and `/* */`. It knows no `DELIMITER` and keeps no `/*! */`.
package enum StatementSplitter {
    package static func statements(in text: String) -> [String] {
        var statements: [String] = []
        var current: [UInt8] = []
        var rest = Array(text.utf8)[...]

        func end() {
            let statement = String(decoding: current, as: UTF8.self)
            let trimmed = statement.drop(while: \.isWhitespace)
            if !trimmed.isEmpty {
                let tail = trimmed.reversed().drop(while: \.isWhitespace).count
                statements.append(String(trimmed.prefix(tail)))
            }
            current.removeAll(keepingCapacity: true)
        }

        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: ";"):
                end()
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                current.append(byte)
                // A doubled quote ends one text and begins the next: the cut comes out the same.
                while let inner = rest.popFirst() {
                    current.append(inner)
                    if inner == byte { break }
                    if inner == UInt8(ascii: "\\"), byte != UInt8(ascii: "`"), let escaped = rest.popFirst() {
                        current.append(escaped)
                    }
                }
            case UInt8(ascii: "#"):
                skipLine(&rest)
            case UInt8(ascii: "-") where startsDashComment(rest):
                skipLine(&rest)
            case UInt8(ascii: "/") where rest.first == UInt8(ascii: "*"):
                rest.removeFirst()
                var previous: UInt8 = 0
                while let inner = rest.popFirst(), !(previous == UInt8(ascii: "*") && inner == UInt8(ascii: "/")) {
                    previous = inner
                }
                current.append(UInt8(ascii: " "))
            default:
                current.append(byte)
            }
        }
        end()
        return statements
    }

    /// `--` begins a comment only before white space or the end; `1--1` is arithmetic.
    private static func startsDashComment(_ rest: ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: "-") else { return false }
        guard let next = rest.dropFirst().first else { return true }
        return next <= UInt8(ascii: " ")
    }

    private static func skipLine(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 != UInt8(ascii: "\n") }
    }
}
