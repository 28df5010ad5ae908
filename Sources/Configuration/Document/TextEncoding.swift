/// Configuration files are UTF-8: the one encoding in which columns, limits and values mean the same to everybody.
enum TextEncoding {
    /// Refuses what is not UTF-8 text, naming the first bad byte's place.
    static func check(_ bytes: [UInt8]) throws(DocumentError) {
        guard !bytes.isEmpty else {
            throw DocumentError(
                what: "the file is empty",
                allowed: "the smallest configuration is <metricsd><host name=\"localhost\"/></metricsd>"
            )
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
            || bytes.starts(with: [0x3C, 0x00]) || bytes.starts(with: [0x00, 0x3C])
            || bytes.starts(with: [0x00, 0x00])
        {
            throw DocumentError(
                location: SourceLocation(line: 1, column: 1),
                what: "the file is in UTF-16 or UTF-32",
                allowed: "only UTF-8 is read: iconv -f UTF-16 -t UTF-8 converts it"
            )
        }
        var cursor = TextCursor(bytes)
        while cursor.offset < bytes.count {
            let byte = bytes[cursor.offset]
            if byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D {
                throw DocumentError(
                    location: cursor.location,
                    what: "the control character 0x\(hexadecimal(byte)) does not belong in XML",
                    allowed: "the file must be UTF-8 text"
                )
            }
            guard let length = scalarLength(bytes, at: cursor.offset) else {
                throw DocumentError(
                    location: cursor.location,
                    what: "the byte 0x\(hexadecimal(byte)) is not valid UTF-8",
                    allowed: "only UTF-8 is read: iconv -f ISO-8859-1 -t UTF-8 converts from Latin-1"
                )
            }
            cursor.advance(by: length)
        }
    }

    /// The length of the well-formed sequence at the offset (RFC 3629, section 4).
    private static func scalarLength(_ bytes: [UInt8], at offset: Int) -> Int? {
        func continues(_ distance: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            offset + distance < bytes.count && range.contains(bytes[offset + distance])
        }
        switch bytes[offset] {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return continues(1) ? 2 : nil
        case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : nil
        case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : nil
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : nil
        case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : nil
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : nil
        case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : nil
        default: return nil
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0\(digits)" : digits
    }
}

/// A place in UTF-8 text that only moves forward, so that finding all places of a file costs one pass over it.
struct TextCursor {
    private let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var location = SourceLocation(line: 1, column: 1)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }  // a byte order mark has no width
    }

    mutating func advance(by count: Int) {
        advance(to: offset + count)
    }

    /// Lines end with LF, CR LF or a lone CR, as XML 1.0 section 2.11 has it.
    mutating func advance(to target: Int) {
        let end = min(target, bytes.count)
        while offset < end {
            let byte = bytes[offset]
            let endsLine = byte == 0x0A || (byte == 0x0D && !(offset + 1 < bytes.count && bytes[offset + 1] == 0x0A))
            if endsLine {
                location.line += 1
                location.column = 1
            } else if byte & 0xC0 != 0x80 {
                location.column += 1
            }
            offset += 1
        }
    }
}
