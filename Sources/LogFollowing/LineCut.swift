import CLinux

/// Which of the bytes behind a file's offset are whole lines to be given out, and how many are done with them.
struct LineCut {
    /// To be given out.
    private(set) var lines = 0..<0
    /// Lines above the limit that have ended.
    private(set) var longLines: UInt32 = 0
    /// Bytes done with, from the beginning on: the lines, and what was passed over before them.
    private(set) var consumed = 0
    /// Behind `consumed` lies the rest of a line above the limit.
    private(set) var isInLongLine: Bool
    /// Behind `consumed` there are only NUL bytes: a hole, where a writer that does not append came back to its old
    /// offset after the file was truncated.
    private(set) var endsInNULs = false

    /// - Parameters:
    ///   - limit: longest line in bytes, without its newline.
    ///   - isLast: nothing will ever follow the bytes, so that the last line may lack its newline.
    init(_ bytes: UnsafeRawBufferPointer, limit: Int, isInLongLine: Bool, isLast: Bool) {
        self.isInLongLine = isInLongLine
        guard passOver(bytes, limit: limit, isLast: isLast) else { return }
        let start = consumed
        while consumed < bytes.count {
            // Line by line would cost a search for each. The last newline within reach of the limit ends at least one
            // line, and if there is none, the line is above it.
            let reach = min(limit + 1, bytes.count - consumed)
            guard let newline = Self.lastNewline(in: bytes, from: consumed, count: reach) else {
                if reach <= limit, isLast, bytes[consumed] != 0 { consumed = bytes.count }
                break
            }
            consumed = newline + 1
        }
        lines = start..<consumed
    }

    /// Moves behind what is given out to nobody; false where nothing is left.
    private mutating func passOver(_ bytes: UnsafeRawBufferPointer, limit: Int, isLast: Bool) -> Bool {
        while consumed < bytes.count {
            if isInLongLine {
                guard let newline = Self.firstNewline(in: bytes, from: consumed) else {
                    consumed = bytes.count
                    break
                }
                consumed = newline + 1
                endLongLine()
                continue
            }
            if bytes[consumed] == 0 {
                var end = consumed
                while end < bytes.count, bytes[end] == 0 { end += 1 }
                if end == bytes.count {
                    if isLast { consumed = end } else { endsInNULs = true }
                    return false
                }
                consumed = end
            }
            guard bytes.count - consumed > limit,
                Self.lastNewline(in: bytes, from: consumed, count: limit + 1) == nil
            else { return true }
            isInLongLine = true
        }
        if isLast, isInLongLine { endLongLine() }
        return false
    }

    private mutating func endLongLine() {
        isInLongLine = false
        longLines += 1
    }

    private static func lastNewline(in bytes: UnsafeRawBufferPointer, from: Int, count: Int) -> Int? {
        // Within the bytes, which have an address where they are not empty.
        guard count > 0, let base = bytes.baseAddress, let found = logs_last_newline(base + from, count)
        else { return nil }
        return found - base
    }

    private static func firstNewline(in bytes: UnsafeRawBufferPointer, from: Int) -> Int? {
        guard from < bytes.count, let base = bytes.baseAddress,
            let found = logs_first_newline(base + from, bytes.count - from)
        else { return nil }
        return found - base
    }
}
