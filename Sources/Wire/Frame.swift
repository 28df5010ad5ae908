/// What crosses the channel in both directions once the key is sent:
///
///     length of the ciphertext (UInt32, little endian) | AES-256-GCM ciphertext | 16-byte tag
///
/// The nonce is the direction (4 bytes) and the frame's number in that direction (8 bytes, from 0), so it never
/// repeats under a key and is not sent. The length is authenticated as additional data (NIST SP 800-38D).
package enum Frame {
    package static let keyLength = 32
    /// Of the plaintext; a longer frame is refused before anything is allocated for it.
    package static let maximumLength = 16 << 20

    package enum Direction: UInt32, Sendable {
        case toProbe = 0x5052_4f42
        case toServer = 0x5345_5256

        package var opposite: Direction { self == .toProbe ? .toServer : .toProbe }
    }

    static let headerLength = 4
    static let tagLength = 16
    static let nonceLength = 12

    #if !hasFeature(Embedded)
        /// A fresh key from the kernel's random source, one for each start of a probe.
        package static func randomKey() -> [UInt8] {
            var source = SystemRandomNumberGenerator()
            var key: [UInt8] = []
            key.reserveCapacity(keyLength)
            while key.count < keyLength { key.append(source.next()) }
            return key
        }
    #endif

    static func withNonce<Result>(
        _ direction: Direction,
        _ number: UInt64,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: nonceLength, alignment: 8) { nonce in
            nonce.storeBytes(of: direction.rawValue.littleEndian, as: UInt32.self)
            nonce.storeBytes(of: number.littleEndian, toByteOffset: 4, as: UInt64.self)
            return body(UnsafeRawBufferPointer(nonce))
        }
    }
}
