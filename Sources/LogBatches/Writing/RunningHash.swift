import COpenSSL

/// SHA-256 of bytes that come piece by piece, whose state can be kept and gone on with after a restart (FIPS 180-4).
///
/// OpenSSL's low-level functions (`man 3 SHA256_Update`): `EVP` has no way to take the state out.
package struct RunningHash {
    private static let version: UInt8 = 1
    private static let blockLength = 64

    private var context = SHA256_CTX()

    package init() {
        SHA256_Init(&context)
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        SHA256_Update(&context, base, bytes.count)
    }

    /// Of everything so far, which can go on afterwards: 64 hexadecimal digits, as `sha256sum` prints them.
    package var hexadecimal: String {
        var copy = context
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256_Final(&digest, &copy)
        var text: [UInt8] = []
        for byte in digest {
            for digit in [byte >> 4, byte & 0xF] {
                text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func hexadecimal(of bytes: [UInt8]) -> String {
        var hash = RunningHash()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal
    }

    // MARK: Keeping

    /// A version (1), the eight words of the state and the number of bytes so far, both big endian, then those bytes that
    /// do not fill a block yet: 41 to 104 bytes, independent of OpenSSL's and the machine's own form.
    package var state: [UInt8] {
        var state = [Self.version]
        withUnsafeBytes(of: context.h) { words in
            for word in words.bindMemory(to: UInt32.self) { state.append(bigEndian: word) }
        }
        let bits = UInt64(context.Nh) << 32 | UInt64(context.Nl)
        state.append(bigEndian: bits / 8)
        withUnsafeBytes(of: context.data) { state.append(contentsOf: $0.prefix(Int(bits / 8 % 64))) }
        return state
    }

    /// - Returns: nil for what this version has not written.
    package init?(state: [UInt8]) {
        guard state.count >= 41, state[0] == Self.version else { return nil }
        let count = state[33..<41].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard count < 1 << 61, state.count == 41 + Int(count % 64) else { return nil }
        SHA256_Init(&context)
        withUnsafeMutableBytes(of: &context.h) { words in
            for index in 0..<8 {
                let word = state[(1 + index * 4)..<(5 + index * 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                words.storeBytes(of: word, toByteOffset: index * 4, as: UInt32.self)
            }
        }
        context.Nh = UInt32(truncatingIfNeeded: count * 8 >> 32)
        context.Nl = UInt32(truncatingIfNeeded: count * 8)
        context.num = UInt32(count % 64)
        withUnsafeMutableBytes(of: &context.data) { $0.copyBytes(from: state[41...]) }
    }

    /// Of an open batch's content; nil where the batch says nothing that fits.
    init?(resuming batch: LogBatch) {
        if batch.byteCount == 0 {
            self.init()
        } else {
            self.init(state: batch.hashState)
            guard count == batch.byteCount else { return nil }
        }
    }

    /// Reads the content again: another version's state is of no use.
    init?(rehashing batch: LogBatch, in folder: BatchFolder) {
        guard let reader = try? BatchFileReader(batch, in: folder, isHashed: true) else { return nil }
        let isWhole = withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer -> Bool in
            while let read = try? reader.read(into: buffer) {
                if read == 0 { return true }
            }
            return false
        }
        guard isWhole, let hash = reader.hash else { return nil }
        self = hash
    }

    /// Bytes so far.
    package var count: UInt64 { (UInt64(context.Nh) << 32 | UInt64(context.Nl)) / 8 }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
