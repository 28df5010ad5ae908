/// Changes lines the way that breaks parsers: at the signs that give them their structure, and anywhere.
enum LineMutation {
    static let fragments: [[UInt8]] =
        [
            "\"", "\\", "\\\"", "\\\\\"", "[", "]", "] \"", "\" ", " - ", "-", " ", "\t", "\n", "\r", ",", ", ", "#",
            "# ",
            "#Fields: ", "#Date: ", "#Fields: date time sc-status cs-uri-stem\n", "#Date: 2026-11-21 23:59:59\n",
            "[21/Nov/2026:13:05:00 +0000] \"", "2026-11-21", "13:05:00.123", "GET /", " HTTP/1.1\"", "://", "//", "*",
            "?", "%00", "18446744073709551616", "99999999999999999999999", "-1", "0", "\"\"", "\"\"\"", "\u{0}",
            "\u{FEFF}", "é", "😀",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0x80], [0, 0, 0, 0, 0, 0, 0, 0, 0]]

    static func mutate(_ bytes: inout [UInt8], _ random: inout some RandomNumberGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let length = min(Int.random(in: 0...20, using: &random), bytes.count - place)
        switch Int.random(in: 0..<9, using: &random) {
        case 0: bytes.removeSubrange(place..<place + length)
        case 1, 2: bytes.insert(contentsOf: fragments.randomElement(using: &random) ?? [], at: place)
        case 3: bytes.replaceSubrange(place..<place + length, with: fragments.randomElement(using: &random) ?? [])
        case 4: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        case 5: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random) }
        case 6: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 7:
            if Bool.random(using: &random) { bytes.removeSubrange(place...) } else { bytes.removeSubrange(..<place) }
        default:
            let other = Int.random(in: 0...bytes.count - length, using: &random)
            bytes.replaceSubrange(other..<other + length, with: Array(bytes[place..<place + length]))
        }
    }
}
