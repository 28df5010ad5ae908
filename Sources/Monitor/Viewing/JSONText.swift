/// Strings of JSON (RFC 8259), of bytes that need not be UTF-8.
enum JSONText {
    static func isPlain(_ line: UnsafeRawBufferPointer) -> Bool {
        line.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
    }

    /// What is not UTF-8 becomes U+FFFD.
    static func escaped(_ line: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(line.count + 64)
        // ASCII is UTF-8, and need not be looked at for it.
        if line.allSatisfy({ $0 < 0x80 }) {
            for byte in line { append(byte, to: &text) }
        } else {
            for byte in String(decoding: line, as: UTF8.self).utf8 { append(byte, to: &text) }
        }
        return text
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    @inline(__always)
    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C:
            text.append(0x5C)
            text.append(byte)
        case 0x09: text += [0x5C, UInt8(ascii: "t")]
        case 0..<0x20, 0x7F:
            text += Array("\\u00".utf8) + [hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
        default: text.append(byte)
        }
    }
}
