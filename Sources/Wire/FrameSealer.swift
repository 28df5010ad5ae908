/// Seals messages into frames, in order. A class, so that no copy can use a nonce a second time.
///
/// Not thread-safe: it belongs to the channel's thread.
package final class FrameSealer {
    private let cipher: AuthenticatedCipher
    private let direction: Frame.Direction
    private var number: UInt64 = 0

    package init(key: [UInt8], direction: Frame.Direction) throws(WireError) {
        cipher = try AuthenticatedCipher(key: key, use: .sealing)
        self.direction = direction
    }

    /// The whole frame, ready to be written. Throws `frameTooLarge` above `Frame.maximumLength`.
    ///
    /// - Parameter rest: what follows in the same message, so that a large part need not be copied to its place.
    package func seal(_ plaintext: [UInt8], followedBy rest: [UInt8] = []) throws(WireError) -> [UInt8] {
        let length = plaintext.count + rest.count
        guard length <= Frame.maximumLength else { throw .frameTooLarge(length) }
        let total = Frame.headerLength + length + Frame.tagLength
        var isSealed = false
        let frame = [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
            // The buffer has `total` bytes, so the parts lie within it.
            let header = UnsafeRawBufferPointer(rebasing: raw[..<Frame.headerLength])
            let sealed = UnsafeMutableRawBufferPointer(rebasing: raw[Frame.headerLength...])
            isSealed = plaintext.withUnsafeBytes { plain in
                rest.withUnsafeBytes { rest in
                    Frame.withNonce(direction, number) {
                        cipher.seal(plain, followedBy: rest, nonce: $0, header: header, into: sealed)
                    }
                }
            }
            count = total
        }
        number += 1
        guard isSealed else { throw .cipherFailed }
        return frame
    }
}
