import COpenSSL

/// bcrypt_pbkdf(3) of OpenBSD: the key derivation of locked OpenSSH keys.
///
/// OpenSSL has the Blowfish cipher but not bcrypt's salted key schedule, nor Blowfish's initial state for itself. That
/// state is the fraction of π in binary, so it is computed.
enum BcryptPBKDF {
    private static let words = 18 + 1_024

    /// - Parameter count: at most 1,024 bytes.
    static func derive(_ passphrase: [UInt8], salt: [UInt8], rounds: Int, count: Int) -> [UInt8] {
        precondition((1...1_024).contains(count) && rounds > 0)
        let secret = Digest.sha512(passphrase)
        let stride = (count + 31) / 32
        let amount = (count + stride - 1) / stride
        var key = [UInt8](repeating: 0, count: count)
        for block in 1...stride {
            var part = hash(secret, Digest.sha512(salt + KeyBlob.number(UInt32(block))))
            var sum = part
            for _ in 1..<max(rounds, 1) {
                part = hash(secret, Digest.sha512(part))
                for index in sum.indices { sum[index] ^= part[index] }
            }
            // The blocks' bytes take turns in the key.
            for index in 0..<amount where index * stride + block - 1 < count {
                key[index * stride + block - 1] = sum[index]
            }
        }
        return key
    }

    private static func hash(_ secret: [UInt8], _ salt: [UInt8]) -> [UInt8] {
        var state = initialState
        let secretWords = bigEndianWords(secret)
        let saltWords = bigEndianWords(salt)
        var text = bigEndianWords(Array("OxychromaticBlowfishSwatDynamite".utf8))
        state.withUnsafeMutableBufferPointer { state in
            expand(state, secretWords, saltWords)
            for _ in 0..<64 {
                expand(state, saltWords, nil)
                expand(state, secretWords, nil)
            }
            withKey(state) { key in
                text.withUnsafeMutableBufferPointer { text in
                    // A constant of 32 bytes is never empty.
                    let start = text.baseAddress!
                    for pair in 0..<4 {
                        for _ in 0..<64 { BF_encrypt(start + pair * 2, key) }
                    }
                }
            }
        }
        return text.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    }

    /// Blowfish's key schedule; with a salt the one that bcrypt begins with.
    private static func expand(
        _ state: UnsafeMutableBufferPointer<UInt32>,
        _ key: [UInt32],
        _ salt: [UInt32]?
    ) {
        for index in 0..<18 { state[index] ^= key[index % key.count] }
        withKey(state) { blowfish in
            let block = UnsafeMutablePointer<UInt32>.allocate(capacity: 2)
            defer { block.deallocate() }
            block.initialize(repeating: 0, count: 2)
            var position = 0
            var index = 0
            while index < words {
                if let salt {
                    block[0] ^= salt[position % salt.count]
                    block[1] ^= salt[(position + 1) % salt.count]
                    position += 2
                }
                BF_encrypt(block, blowfish)
                state[index] = block[0]
                state[index + 1] = block[1]
                index += 2
            }
        }
    }

    /// BF_KEY is the 18 subkeys followed by the four boxes of 256 words: the layout of the state.
    private static func withKey(
        _ state: UnsafeMutableBufferPointer<UInt32>,
        _ body: (UnsafePointer<BF_KEY>) -> Void
    ) {
        precondition(MemoryLayout<BF_KEY>.size == words * MemoryLayout<UInt32>.size && state.count == words)
        // The state is an array of `words` words, so its start exists.
        state.baseAddress!.withMemoryRebound(to: BF_KEY.self, capacity: 1) { body($0) }
    }

    private static func bigEndianWords(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    // MARK: π

    /// The first 1,042 words of π's fraction, by Machin's formula: π/4 = 4 arctan(1/5) − arctan(1/239).
    static let initialState: [UInt32] = {
        let guardBits = 64
        let bits = words * 32 + guardBits
        let pi = arctangent(of: 5, bits)
        let second = arctangent(of: 239, bits)
        defer {
            BN_free(pi)
            BN_free(second)
        }
        BN_mul_word(pi, 4)
        BN_sub(pi, pi, second)
        BN_mul_word(pi, 4)
        BN_rshift(pi, pi, CInt(guardBits))
        // The whole part, 3, is the first byte.
        return bigEndianWords(Array(BigNumber.bytes(pi).dropFirst()))
    }()

    /// arctan(1/divisor) · 2^bits, by its series.
    private static func arctangent(of divisor: UInt, _ bits: Int) -> OpaquePointer? {
        let sum = BN_new()
        let power = BN_new()
        let term = BN_new()
        defer {
            BN_free(power)
            BN_free(term)
        }
        BN_set_bit(power, CInt(bits))
        BN_div_word(power, divisor)
        BN_copy(sum, power)
        var number: UInt = 1
        while BN_is_zero(power) == 0 {
            BN_div_word(power, divisor * divisor)
            number += 2
            BN_copy(term, power)
            BN_div_word(term, number)
            if number % 4 == 3 { BN_sub(sum, sum, term) } else { BN_add(sum, sum, term) }
        }
        return sum
    }
}
