/// Strings of JSON (RFC 8259), of bytes that need not be UTF-8.
enum JSONText {
    static func isPlain(_ line: UnsafeRawBufferPointer) -> Bool {
        line.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
    }

    /// What is not UTF-8 becomes U+FFFD.
    static func escaped(_ line: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(line.count + 16)
        for byte in String(decoding: line, as: UTF8.self).utf8 {
            switch byte {
            case 0x22, 0x5C: text += [0x5C, byte]
            case 0x09: text += [0x5C, UInt8(ascii: "t")]
            case 0..<0x20, 0x7F:
                let hex = Array("0123456789abcdef".utf8)
                text += Array("\\u00".utf8) + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: text.append(byte)
            }
        }
        return text
    }
}
