/// Opens frames as their bytes come in. The first refused frame ends it: every later call throws the same error.
///
/// Not thread-safe: it belongs to the channel's thread.
package final class FrameOpener {
    private let cipher: AuthenticatedCipher
    private let direction: Frame.Direction
    private var number: UInt64 = 0
    private var buffer: [UInt8] = []
    private var start = 0
    private var failure: WireError?

    /// - Parameter direction: the direction the frames to be opened were sealed for.
    package init(key: [UInt8], direction: Frame.Direction) throws(WireError) {
        cipher = try AuthenticatedCipher(key: key, use: .opening)
        self.direction = direction
    }

    /// Bytes that wait for the rest of their frame, or for `next()`.
    package var bufferedByteCount: Int { buffer.count - start }

    /// Takes bytes as they were read, in pieces of any size.
    package func feed(_ bytes: [UInt8]) { feed(bytes[...]) }

    package func feed(_ bytes: ArraySlice<UInt8>) {
        if failure != nil { return }
        if start == buffer.count {
            // Most reads bring whole frames, so the buffer is reused.
            buffer.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 1 << 16 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message, nil while bytes are missing.
    package func next() throws(WireError) -> [UInt8]? {
        if let failure { throw failure }
        do {
            return try openNext()
        } catch {
            failure = error
            buffer = []
            start = 0
            throw error
        }
    }

    /// To be called when the channel has ended: throws `cutFrame` where a frame was left unfinished.
    package func finish() throws(WireError) {
        if let failure { throw failure }
        if bufferedByteCount > 0 { throw .cutFrame }
    }

    private func openNext() throws(WireError) -> [UInt8]? {
        guard bufferedByteCount >= Frame.headerLength else { return nil }
        let length = buffer.withUnsafeBytes {
            Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        }
        guard length <= Frame.maximumLength else { throw .frameTooLarge(length) }
        guard bufferedByteCount >= Frame.headerLength + length + Frame.tagLength else { return nil }
        guard let plaintext = open(length, direction, number) else { throw diagnose(length) }
        number += 1
        start += Frame.headerLength + length + Frame.tagLength
        // What a large frame needed is kept for the next large one, and given back behind a small one.
        if start == buffer.count, buffer.capacity > max(1 << 16, 4 * length) {
            buffer = []
            start = 0
        }
        return plaintext
    }

    private func open(_ length: Int, _ direction: Frame.Direction, _ number: UInt64) -> [UInt8]? {
        var isOpened = false
        let plaintext = [UInt8](unsafeUninitializedCapacity: length) { plain, count in
            buffer.withUnsafeBytes { bytes in
                // `openNext` has checked that the whole frame is there.
                let frame = UnsafeRawBufferPointer(rebasing: bytes[start...])
                let header = UnsafeRawBufferPointer(rebasing: frame[..<Frame.headerLength])
                let end = Frame.headerLength + length + Frame.tagLength
                let sealed = UnsafeRawBufferPointer(rebasing: frame[Frame.headerLength..<end])
                let output = UnsafeMutableRawBufferPointer(plain)
                isOpened = Frame.withNonce(direction, number) {
                    cipher.open(sealed, nonce: $0, header: header, into: output)
                }
            }
            count = isOpened ? length : 0
        }
        return isOpened ? plaintext : nil
    }

    /// Says what is wrong with a frame that is refused already, by trying the nonces of its neighbours.
    private func diagnose(_ length: Int) -> WireError {
        guard length <= 1 << 16 else { return .alteredFrame }
        let reach: UInt64 = 16
        for other in (number - min(number, reach))..<number where open(length, direction, other) != nil {
            return .replayedFrame
        }
        for other in number + 1...number + reach where open(length, direction, other) != nil {
            return .missingFrame
        }
        for other in (number - min(number, reach))...number + reach
        where open(length, direction.opposite, other) != nil {
            return .reflectedFrame
        }
        return .alteredFrame
    }
}
