/// Changes inputs the way that breaks decoders.
struct FuzzMutation {
    /// What the format is made of.
    let words: [[UInt8]]
    /// Of an input, in bytes.
    let lengthLimit: Int

    /// One of the pool, changed in one to five places; seldom bytes without any sense.
    func mutate(_ pool: [[UInt8]], _ random: inout SeededGenerator) -> [UInt8] {
        guard Int.random(in: 0..<100, using: &random) > 0, var bytes = pool.randomElement(using: &random) else {
            return random.bytes(Int.random(in: 0...64, using: &random))
        }
        for _ in 0..<Int.random(in: 1...5, using: &random) { change(&bytes, pool, &random) }
        return bytes.count > lengthLimit ? Array(bytes.prefix(lengthLimit)) : bytes
    }

    private func change(_ bytes: inout [UInt8], _ pool: [[UInt8]], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let length = min(Int.random(in: 0...32, using: &random), bytes.count - place)
        let piece = place..<place + length
        switch Int.random(in: 0..<14, using: &random) {
        case 0, 1: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 2: if place < bytes.count { bytes[place] = Self.bytes.randomElement(using: &random) ?? 0 }
        case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        case 4: bytes.removeSubrange(piece)
        case 5: if Bool.random(using: &random) { bytes.removeSubrange(place...) } else { bytes.removeFirst(place) }
        case 6: bytes.insert(contentsOf: Array(bytes[piece]), at: place)
        case 7: repeatPiece(&bytes, piece, &random)
        case 8: bytes.insert(contentsOf: random.bytes(Int.random(in: 1...4, using: &random)), at: place)
        case 9: splice(&bytes, at: place, pool.randomElement(using: &random) ?? [], &random)
        case 10: bytes.replaceSubrange(piece, with: Self.numbers.randomElement(using: &random) ?? [])
        case 11: overwrite(&bytes, at: place, Self.numbers.randomElement(using: &random) ?? [])
        case 12: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
        default: bytes.replaceSubrange(piece, with: words.randomElement(using: &random) ?? [])
        }
    }

    /// Many times the same, up to the limit: what is quadratic shows.
    private func repeatPiece(_ bytes: inout [UInt8], _ piece: Range<Int>, _ random: inout SeededGenerator) {
        guard !piece.isEmpty, bytes.count < lengthLimit else { return }
        let repeated = Array(bytes[piece])
        let most = (lengthLimit - bytes.count) / repeated.count
        // Seldom so many: a long input takes the time of a hundred short ones.
        let times =
            Int.random(in: 0..<20, using: &random) == 0 ? most : min(most, Int.random(in: 1...8, using: &random))
        bytes.insert(contentsOf: repeatElement(repeated, count: times).joined(), at: piece.lowerBound)
    }

    /// The front of one input and the end of another.
    private func splice(_ bytes: inout [UInt8], at place: Int, _ other: [UInt8], _ random: inout SeededGenerator) {
        bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
    }

    private func overwrite(_ bytes: inout [UInt8], at place: Int, _ number: [UInt8]) {
        let end = min(place + number.count, bytes.count)
        bytes.replaceSubrange(place..<end, with: number.prefix(end - place))
    }

    private static let bytes: [UInt8] = [0, 1, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0xc0, 0xfe, 0xff]

    /// Lengths and counts at the bounds: both orders of bytes, varints, decimal.
    private static let numbers: [[UInt8]] =
        [0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x1_0000, 0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff].flatMap {
            (number: UInt32) in
            let little = withUnsafeBytes(of: number.littleEndian) { Array($0) }
            return [little, little.reversed()]
        } + [
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0xff, 0xff, 0xff, 0xff, 0x0f],
            [0x80, 0x80, 0x80, 0x80, 0x08], [0x80, 0x00], [0x80, 0x80, 0x01], [UInt8](repeating: 0xff, count: 8),
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0, 0, 0, 0, 0x80], [],
        ]
        + [
            "0", "-1", "65536", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
            "18446744073709551616", "99999999999999999999999", "1e309", "-1e-400", "nan", "0x1p4",
        ].map { Array($0.utf8) }
}
