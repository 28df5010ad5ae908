import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

extension LogCursor {
    /// `#` lines at the beginning count as header up to here.
    static let headerLimit = 64 << 10

    /// A line was read, so that its content tells the file from others.
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
        // While the head is short, the tail reaches back to where it begins.
        if headLength < ContentHash.limit { growHead(offset - UInt64(window.tailCount), read) }
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

    /// - Parameters:
    ///   - start: where in the file `read` begins.
    private mutating func growHead(_ start: UInt64, _ read: UnsafeRawBufferPointer) {
        guard headStart >= start else { return }
        var index = Int(headStart - start)
        if headLength == 0 {
            index = Self.endOfHeader(in: read, from: index, offset: start)
            headStart = start + UInt64(index)
        }
        let head = read[min(index, read.count)...].prefix(ContentHash.limit)
        headLength = UInt16(head.count)
        headHash = ContentHash.of(UnsafeRawBufferPointer(rebasing: head))
    }

    /// Behind the `#` lines and NUL bytes from an index on. Whole lines are given.
    private static func endOfHeader(in bytes: UnsafeRawBufferPointer, from: Int, offset: UInt64) -> Int {
        var index = from
        while index < bytes.count {
            if bytes[index] == 0 {
                index += 1
            } else if bytes[index] == 0x23, offset + UInt64(index) < UInt64(headerLimit) {
                while index < bytes.count, bytes[index] != 0x0A { index += 1 }
                index = min(index + 1, bytes.count)
            } else {
                break
            }
        }
        return index
    }
}
