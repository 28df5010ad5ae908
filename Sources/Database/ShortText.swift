/// Texts that fit into a column, which counts code points.
enum ShortText {
    /// The text, or its beginning with `…`, cut between characters.
    static func prefix(of text: String, _ limit: Int) -> String {
        fits(text, limit) ? text : cut(text, limit - 1) + "…"
    }

    /// The name, or its beginning with `…` and sixteen digits made of the whole, so that different names stay different.
    static func name(of text: String, _ limit: Int) -> String {
        if fits(text, limit) { return text }
        // FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return cut(text, limit - 17) + "…" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Bytes as text: what is not UTF-8 becomes `�`, and what is beyond the limit of bytes is cut off with `…`.
    static func repaired(_ bytes: [UInt8], maximumBytes: Int) -> (text: String, isCut: Bool) {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.utf8.count <= maximumBytes { return (text, false) }
        var end = text.utf8.index(text.startIndex, offsetBy: max(0, maximumBytes - "…".utf8.count))
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return (text[..<end] + "…", true)
    }

    private static func fits(_ text: String, _ limit: Int) -> Bool {
        text.utf8.count <= limit || text.unicodeScalars.count <= limit
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        var count = 0
        var end = text.startIndex
        for character in text {
            count += character.unicodeScalars.count
            if count > limit { break }
            end = text.index(after: end)
        }
        return String(text[..<end])
    }
}
