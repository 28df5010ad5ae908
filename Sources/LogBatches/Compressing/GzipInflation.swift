import CLinux
import CZlib

/// Unpacks a file that gzip made (RFC 1952), several members one behind the other included.
final class GzipInflation {
    private static let inputSize = 64 << 10

    private let file: OpenFile
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutablePointer<UInt8>
    private var inputOffset: UInt64 = 0
    private var hasEnded = false
    /// It is no gzip file, or its check sums do not fit.
    private(set) var isBroken: Bool

    init(_ file: OpenFile) {
        self.file = file
        // zlib keeps the address.
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(capacity: Self.inputSize)
        isBroken = gzip_inflate_start(stream) != Z_OK
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Fills the buffer as far as the content goes.
    /// - Returns: the bytes, or the negative errno.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
        var filled = 0
        while filled < buffer.count, !hasEnded, !isBroken {
            if stream.pointee.avail_in == 0 {
                let count = logs_read(file.descriptor, input, Self.inputSize, inputOffset)
                if count < 0 { return count }
                if count == 0 { break }
                inputOffset += UInt64(count)
                stream.pointee.next_in = input
                stream.pointee.avail_in = UInt32(count)
            }
            let room = min(buffer.count - filled, 1 << 30)
            stream.pointee.next_out = base.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let code = inflate(stream, Z_NO_FLUSH)
            filled += room - Int(stream.pointee.avail_out)
            if code == Z_STREAM_END {
                beginMember()
            } else if code != Z_OK, code != Z_BUF_ERROR {
                isBroken = true
            }
        }
        return filled
    }

    /// Goes on with a further member. Anything else behind a member is padding, as for gzip itself.
    private func beginMember() {
        if stream.pointee.avail_in == 0 {
            let count = logs_read(file.descriptor, input, Self.inputSize, inputOffset)
            guard count > 0 else {
                hasEnded = true
                return
            }
            inputOffset += UInt64(count)
            stream.pointee.next_in = input
            stream.pointee.avail_in = UInt32(count)
        }
        if stream.pointee.next_in.pointee != 0x1F || inflateReset(stream) != Z_OK { hasEnded = true }
    }
}
