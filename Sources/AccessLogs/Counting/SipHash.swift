/// SipHash-1-3: a keyed 64-bit hash of bytes. Keyed, because what is hashed (clients, sections) is chosen by whoever sends
/// requests: without the key nobody can prepare names that fall on each other and slow the tables down.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012 (https://www.aumasson.jp/siphash/), with one
/// round a word and three at the end.
package struct SipHash: Equatable, Sendable {
    private let key0: UInt64
    private let key1: UInt64

    package init(key0: UInt64, key1: UInt64) {
        self.key0 = key0
        self.key1 = key1
    }

    /// The hash of what is stored: the same in every run and version.
    package static let stored = SipHash(key0: 0x6d65_7472_6963_7364, key1: 0x6163_6365_7373_6c67)

    /// Another one in every run, for tables in memory.
    package static let ofThisRun = SipHash(key0: .random(in: .min ... .max), key1: .random(in: .min ... .max))

    package func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = State(key0, key1)
        let count = bytes.count
        var last = UInt64(truncatingIfNeeded: count) << 56
        // An empty buffer may have no address; then nothing is loaded.
        if let base = bytes.baseAddress {
            var offset = 0
            while offset &+ 8 <= count {
                let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                state.absorb(word)
                offset &+= 8
            }
            last |= Self.rest(base, from: offset, to: count)
        }
        state.absorb(last)
        return state.finish()
    }

    /// The last 0…7 bytes. Loads overlap rather than go byte by byte, and never leave the buffer.
    @inline(__always)
    private static func rest(_ base: UnsafeRawPointer, from offset: Int, to count: Int) -> UInt64 {
        let left = count &- offset
        if left == 0 { return 0 }
        if count >= 8 {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
            return word &>> UInt64(truncatingIfNeeded: 64 &- 8 &* left)
        }
        if left >= 4 {
            let low = UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            let high = UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)))
            return low | high &<< UInt64(truncatingIfNeeded: 8 &* (left &- 4))
        }
        let first = UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
        let middle = UInt64(base.load(fromByteOffset: offset &+ left / 2, as: UInt8.self))
        let end = UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
        return first | middle &<< UInt64(truncatingIfNeeded: 8 &* (left / 2))
            | end &<< UInt64(truncatingIfNeeded: 8 &* (left &- 1))
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        @inline(__always)
        init(_ key0: UInt64, _ key1: UInt64) {
            v0 = key0 ^ 0x736f_6d65_7073_6575
            v1 = key1 ^ 0x646f_7261_6e64_6f6d
            v2 = key0 ^ 0x6c79_6765_6e65_7261
            v3 = key1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func finish() -> UInt64 {
            v2 ^= 0xff
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        private mutating func round() {
            v0 &+= v1
            v1 = rotated(v1, 13) ^ v0
            v0 = rotated(v0, 32)
            v2 &+= v3
            v3 = rotated(v3, 16) ^ v2
            v0 &+= v3
            v3 = rotated(v3, 21) ^ v0
            v2 &+= v1
            v1 = rotated(v1, 17) ^ v2
            v2 = rotated(v2, 32)
        }

        @inline(__always)
        private func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
            value &<< count | value &>> (64 &- count)
        }
    }
}
