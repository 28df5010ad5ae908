import CLinux
import CZlib

/// Packs into a file as gzip does (RFC 1952): one member, without name and time, so that the same content always becomes
/// the same file.
final class GzipDeflation {
    /// gzip's own default is 6, which takes twice as long for logs and saves a tenth.
    private static let level: Int32 = 4
    private static let outputSize = 256 << 10

    private let file: OpenFile
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutablePointer<UInt8>
    /// Bytes in the file.
    private(set) var size: UInt64 = 0

    /// - Returns: nil where there is no memory for it.
    init?(_ file: OpenFile) {
        self.file = file
        // zlib keeps the address.
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(capacity: Self.outputSize)
        guard gzip_deflate_start(stream, Self.level) == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// - Returns: 0, or the negative errno of the file.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int32 { pass(bytes, Z_NO_FLUSH) }

    /// Nothing may be written afterwards.
    func finish() -> Int32 { pass(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH) }

    private func pass(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) -> Int32 {
        // zlib does not write to its input.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        )
        stream.pointee.avail_in = UInt32(bytes.count)
        var code: Int32
        repeat {
            stream.pointee.next_out = output
            stream.pointee.avail_out = UInt32(Self.outputSize)
            code = deflate(stream, flush)
            let count = Self.outputSize - Int(stream.pointee.avail_out)
            if count > 0 {
                var vector = iovec(iov_base: output, iov_len: count)
                let result = files_write(file.descriptor, &vector, 1, size)
                if result != 0 { return result }
                size += UInt64(count)
            }
        } while stream.pointee.avail_out == 0 || (flush == Z_FINISH && code == Z_OK)
        return 0
    }
}
