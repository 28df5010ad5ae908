import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// One open file of a log, plain or packed by gzip.
final class LogFile {
    /// What came of reading.
    enum Filling {
        case filled
        /// The bytes before the offset are not those that were read.
        case changed
        /// There is more to unpack before the offset is reached.
        case working
        /// Ends before it should, or cannot be unpacked: still being written, or broken.
        case incomplete
        case failed(Int32)
    }

    let descriptor: Int32
    private(set) var status: logs_status
    let gzip: GzipReader?

    /// Takes the descriptor over.
    private init(_ descriptor: Int32, _ status: logs_status, isPacked: Bool) {
        self.descriptor = descriptor
        self.status = status
        gzip = isPacked ? GzipReader(descriptor) : nil
    }

    deinit { _ = close(descriptor) }

    /// - Returns: nil where it is no regular file any more.
    /// - Throws: the `errno`.
    static func open(_ path: LogPath, isPacked: Bool = false) throws(LogFileError) -> LogFile? {
        let descriptor = path.withCString { logs_open($0) }
        guard descriptor >= 0 else { throw LogFileError(number: -descriptor) }
        var status = logs_status()
        guard logs_fstat(descriptor, &status) == 0, status.is_regular != 0 else {
            _ = close(descriptor)
            return nil
        }
        return LogFile(descriptor, status, isPacked: isPacked)
    }

    func isSame(as other: logs_status) -> Bool {
        status.isSame(as: other)
    }

    /// Reads the bytes before the cursor's offset together with those behind it, so that no truncation comes between
    /// the check and the reading.
    func fill(_ window: LogWindow, at cursor: LogCursor) -> Filling {
        if let gzip { return gzip.fill(window, at: cursor) }
        let tail = Int(cursor.tailLength)
        guard tail <= ContentHash.limit, UInt64(tail) <= cursor.offset else { return .changed }
        let wanted = tail + window.limit
        let got = logs_read(descriptor, window.target.baseAddress, wanted, cursor.offset - UInt64(tail))
        guard got >= 0 else { return .failed(Int32(-got)) }
        guard got >= tail else { return .changed }
        window.tailCount = tail
        window.count = got - tail
        window.reachesEnd = got < wanted
        if tail > 0, ContentHash.of(window.tail) != cursor.tailHash { return .changed }
        guard cursor.isHeadUnchanged(in: window) else { return .changed }
        let failure = logs_fstat(descriptor, &status)
        guard failure == 0 else { return .failed(-failure) }
        return .filled
    }

    /// Whether it holds what the cursor says was read of it: the head and the bytes before the offset.
    func holds(_ cursor: LogCursor) -> Bool {
        guard logs_fstat(descriptor, &status) == 0, status.size >= cursor.offset else { return false }
        return hash(at: cursor.headStart, Int(cursor.headLength)) == cursor.headHash
            && hash(at: cursor.offset - min(cursor.offset, UInt64(cursor.tailLength)), Int(cursor.tailLength))
                == cursor.tailHash
    }

    /// Of so many bytes from an offset on; empty where they are not all there.
    func hash(at offset: UInt64, _ count: Int) -> [UInt8] {
        guard count > 0, count <= ContentHash.limit else { return [] }
        return withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { memory in
            logs_read(descriptor, memory.baseAddress, count, offset) == count
                ? ContentHash.of(UnsafeRawBufferPointer(memory)) : []
        }
    }

    /// What gzip wrote of the size of what it packed, modulo 2³² (RFC 1952, ISIZE).
    var unpackedSize: UInt32 {
        var size: UInt32 = 0
        guard status.size > 4, logs_read(descriptor, &size, 4, status.size - 4) == 4 else { return 0 }
        return UInt32(littleEndian: size)
    }

    /// The offset of the first byte from there on that is in no hole; nil where there is only a hole, or nothing.
    func nextData(from offset: UInt64) -> UInt64? {
        let data = logs_next_data(descriptor, offset)
        if data == -Int64(ENXIO) { return nil }
        // A file system that knows no holes.
        return data < 0 ? offset : UInt64(data)
    }
}

struct LogFileError: Error {
    /// `errno`
    var number: Int32
}
