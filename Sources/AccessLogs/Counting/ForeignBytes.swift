/// Bytes of a log line made fit for a terminal, a row and a mail.
package enum ForeignBytes {
    /// One line: control characters, those that reorder text, and bytes that are not UTF-8 are shown as `\x1b`, `\u{202e}`,
    /// `\xff`; at most `limit` characters.
    package static func line(_ bytes: some Sequence<UInt8>, limit: Int) -> String {
        let bytes = Array(bytes)
        // Nearly all are, and looking at each character costs a hundred times as much.
        if bytes.allSatisfy({ 0x20 <= $0 && $0 < 0x7f }) { return String(decoding: bytes.prefix(limit), as: UTF8.self) }
        var shown = ""
        var count = 0
        var position = 0
        var decoder = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        while count < limit {
            let piece: String
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let encoded):
                piece = text(of: UTF8.decode(encoded))
                position += encoded.count
            case .error(let length):
                let end = min(position + max(length, 1), bytes.count)
                piece = bytes[position..<end].map { "\\x" + hex(UInt32($0), digits: 2) }.joined()
                position = end
            case .emptyInput: return shown
            }
            let length = piece.unicodeScalars.count
            guard count + length <= limit else { return shown }
            count += length
            shown += piece
        }
        return shown
    }

    private static func text(of scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control where scalar.value < 0x100: "\\x" + hex(scalar.value, digits: 2)
        // ZERO WIDTH JOINER makes emoji; the other format characters turn the direction of what follows, or hide.
        case .format where scalar.value == 0x200d: String(scalar)
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            "\\u{" + hex(scalar.value, digits: 1) + "}"
        default: String(scalar)
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text
    }
}
