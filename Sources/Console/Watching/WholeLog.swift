internal import CZlib
import Glibc

/// A log as it is now, from its first byte to its last; also one that is compressed by gzip, and standard input.
///
/// It is read in blocks into one buffer: memory does not depend on its size. (`mmap` would save a copy, but a file that is
/// cut while it is mapped ends the program.)
package final class WholeLog {
    /// Above the limit for a line, so that the longest one still fits.
    static let blockBytes = 1 << 20

    package let path: String
    private let descriptor: Int32
    private var gzip: gzFile?

    /// - Parameter path: `-` for standard input.
    package init(_ path: String) throws(LogFileError) {
        self.path = path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure() }
        guard information.st_mode & S_IFMT != S_IFDIR else { throw LogFileError(path: path, code: EISDIR) }
        if information.st_mode & S_IFMT == S_IFREG {
            var magic: [UInt8] = [0, 0]
            // RFC 1952, 2.3.1
            if pread(descriptor, &magic, 2, 0) == 2, magic == [0x1f, 0x8b] { try openGzip() }
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        }
    }

    deinit {
        // gzclose closes its descriptor, too.
        if let gzip { gzclose(gzip) } else { close(descriptor) }
    }

    private func openGzip() throws(LogFileError) {
        gzip = gzdopen(descriptor, "r")
        guard let gzip else { throw LogFileError(path: path, code: ENOMEM) }
        gzbuffer(gzip, UInt32(Self.blockBytes / 4))
    }

    /// Hands over all lines, in pieces of whole lines; blocks while standard input has nothing.
    ///
    /// - Parameters:
    ///   - piece: the lines, and how many were left out because they are longer than a block.
    ///   - isWanted: asked before each block; false ends it early.
    package func read(
        _ piece: (UnsafeRawBufferPointer, _ longLines: UInt32) -> Void,
        while isWanted: () -> Bool = { true }
    ) throws(LogFileError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockBytes, alignment: 16)
        defer { buffer.deallocate() }
        // Bytes of a line that has not ended yet lie at the buffer's beginning.
        var kept = 0
        var isInLongLine = false
        while isWanted() {
            let count = try fill(UnsafeMutableRawBufferPointer(rebasing: buffer[kept...]))
            var rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<(kept + count)])
            if count == 0 {
                if isInLongLine { piece(Self.nothing, 1) } else if !rest.isEmpty { piece(rest, 0) }
                return
            }
            if isInLongLine {
                guard let end = rest.firstIndex(of: 0x0a) else { continue }
                rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
                isInLongLine = false
                piece(Self.nothing, 1)
            }
            if let last = rest.lastIndex(of: 0x0a) {
                piece(UnsafeRawBufferPointer(rebasing: rest[...last]), 0)
                rest = UnsafeRawBufferPointer(rebasing: rest[(last + 1)...])
            }
            kept = rest.count
            if kept == buffer.count {
                isInLongLine = true
                kept = 0
            } else if kept > 0, let source = rest.baseAddress, let target = buffer.baseAddress {
                memmove(target, source, kept)
            }
        }
    }

    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private func fill(_ room: UnsafeMutableRawBufferPointer) throws(LogFileError) -> Int {
        if let gzip {
            let count = gzread(gzip, room.baseAddress, UInt32(room.count))
            var code: Int32 = 0
            if count <= 0 { gzerror(gzip, &code) }
            // Z_BUF_ERROR is zlib's word for an end in the middle (https://zlib.net/manual.html, gzread).
            guard count >= 0, code == Z_OK || code == Z_STREAM_END else {
                throw LogFileError(path: path, code: LogFileError.damaged)
            }
            return Int(count)
        }
        while true {
            let count = Glibc.read(descriptor, room.baseAddress, room.count)
            if count >= 0 { return count }
            if errno != EINTR { throw failure() }
        }
    }

    private func failure() -> LogFileError { LogFileError(path: path, code: errno) }
}
