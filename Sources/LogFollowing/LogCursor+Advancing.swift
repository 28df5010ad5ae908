import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

extension LogCursor {
    /// `#` lines at the beginning count as header up to here.
    static let headerLimit = 64 << 10

    /// Bytes of it are known, which tell the file from others.
    var hasContent: Bool { headLength > 0 }

    var modifiedSecond: Int64 { modifiedAt / 1_000_000_000 }

    /// Nothing is read of the file any more.
    mutating func restart() {
        offset = 0
        headStart = 0
        headLength = 0
        headHash = []
        tailLength = 0
        tailHash = []
        isInLongLine = false
    }

    /// Moves behind the first bytes of what lies behind the offset in the window.
    mutating func advance(by count: Int, in window: LogWindow) {
        guard count > 0 else { return }
        let read = UnsafeRawBufferPointer(rebasing: window.everything[..<(window.tailCount + count)])
        offset += UInt64(count)
        tailLength = UInt16(min(read.count, ContentHash.limit))
        tailHash = ContentHash.of(UnsafeRawBufferPointer(rebasing: read.suffix(Int(tailLength))))
    }

    /// Moves to a later offset, whatever lies between.
    mutating func jump(to later: UInt64, in file: LogFile) {
        offset = later
        if headLength == 0 { headStart = later }
        tailLength = UInt16(min(later, UInt64(ContentHash.limit)))
        tailHash = file.hash(at: later - UInt64(tailLength), Int(tailLength))
    }

    // MARK: The head

    /// Takes down what the file begins with, lines that have no end yet included.
    mutating func learnHead(in window: LogWindow) {
        guard headLength < ContentHash.limit, headStart + UInt64(window.tailCount) >= offset else { return }
        let bytes = window.everything
        let start = offset - UInt64(window.tailCount)
        var index = Int(headStart - start)
        guard index < bytes.count else { return }
        if headLength == 0 {
            index = Self.endOfHeader(in: bytes, from: index, offset: start)
            headStart = start + UInt64(index)
        }
        var end = index
        // NUL bytes may still be written over.
        while end < bytes.count, end - index < ContentHash.limit, bytes[end] != 0 { end += 1 }
        let isUnfinishedHeader = index < end && bytes[index] == 0x23 && headStart < UInt64(Self.headerLimit)
        guard end - index > Int(headLength), headLength > 0 || !isUnfinishedHeader else { return }
        headLength = UInt16(end - index)
        headHash = ContentHash.of(UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
    }

    /// Whether the window holds the part of the head that is not read yet as it was.
    func isHeadUnchanged(in window: LogWindow) -> Bool {
        let start = offset - UInt64(window.tailCount)
        guard headStart + UInt64(headLength) > offset, headStart >= start else { return true }
        let index = Int(headStart - start)
        let bytes = window.everything
        guard index + Int(headLength) <= bytes.count else { return false }
        return ContentHash.of(UnsafeRawBufferPointer(rebasing: bytes[index..<(index + Int(headLength))])) == headHash
    }

    /// Behind the whole `#` lines and NUL bytes from an index on.
    private static func endOfHeader(in bytes: UnsafeRawBufferPointer, from: Int, offset: UInt64) -> Int {
        var index = from
        while index < bytes.count {
            if bytes[index] == 0 {
                index += 1
            } else if bytes[index] == 0x23, offset + UInt64(index) < UInt64(headerLimit) {
                var end = index
                while end < bytes.count, bytes[end] != 0x0A { end += 1 }
                if end == bytes.count { break }
                index = end + 1
            } else {
                break
            }
        }
        return index
    }
}
