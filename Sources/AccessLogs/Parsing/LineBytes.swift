import Glibc

/// The bytes of one line, without its line end and what is to be ignored around it; positions count from the line's
/// own first byte.
///
/// Unsafe because it is read three million times a second: an array or a checked buffer would compare each access with
/// its bounds a second time, and retain and release. Whoever reads a byte has compared its position with `end` before;
/// a debug build asserts it.
struct LineBytes {
    let base: UnsafeRawPointer
    let start: Int
    let end: Int

    /// Leaves out a carriage return at the end, NULs at the beginning (the hole that a truncated file has where its
    /// writer goes on at the old offset) and a byte order mark.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let base = line.baseAddress else { return nil }
        var start = 0
        var end = line.count
        while end > 0, line[end - 1] == .carriageReturn { end -= 1 }
        // A hole may be as long as the file was.
        while end - start >= 8, base.loadUnaligned(fromByteOffset: start, as: UInt64.self) == 0 { start += 8 }
        while start < end, line[start] == 0 { start += 1 }
        if end - start >= 3, line[start] == 0xEF, line[start + 1] == 0xBB, line[start + 2] == 0xBF { start += 3 }
        guard start < end else { return nil }
        self.base = base
        self.start = start
        self.end = end
    }

    var count: Int { end &- start }
    var range: Range<Int> { start..<end }

    @inline(__always)
    subscript(position: Int) -> UInt8 {
        assert(position >= start && position < end)
        return base.load(fromByteOffset: position, as: UInt8.self)
    }

    /// Eight bytes, the first one lowest. All of them have to be within the line.
    @inline(__always)
    func eightBytes(at position: Int) -> UInt64 {
        assert(position >= start && position + 8 <= end)
        return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// Four bytes, the first one lowest. All of them have to be within the line.
    @inline(__always)
    func fourBytes(at position: Int) -> UInt32 {
        assert(position >= start && position + 4 <= end)
        return UInt32(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// `end` where there is none.
    @inline(__always)
    func firstPosition(of byte: UInt8, from position: Int) -> Int {
        assert(position >= start && position <= end)
        guard let found = memchr(base + position, Int32(byte), end &- position) else { return end }
        return UnsafeRawPointer(found) - base
    }

    /// Behind the spaces from `position` on.
    @inline(__always)
    func skippingSpaces(from position: Int) -> Int {
        var position = position
        while position < end, self[position] == .space { position &+= 1 }
        return position
    }

    /// The first space from `position` on, or `limit`.
    @inline(__always)
    func endOfWord(from position: Int, limit: Int) -> Int {
        var position = position
        while position < limit, self[position] != .space { position &+= 1 }
        return position
    }

    @inline(__always)
    func isHyphen(_ range: Range<Int>) -> Bool {
        range.count == 1 && self[range.lowerBound] == .hyphen
    }

    /// A number of digits alone; nil where there are none, something else, or more than fit.
    @inline(__always)
    func number(in range: Range<Int>) -> UInt64? {
        // 19 digits always fit; more of them are checked below.
        guard !range.isEmpty, range.count <= 20 else { return nil }
        var value: UInt64 = 0
        for position in range {
            let digit = self[position] &- .zero
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// Two digits; a number far above every limit where they are none.
    @inline(__always)
    func twoDigits(at position: Int) -> Int {
        let tens = self[position] &- .zero
        let units = self[position &+ 1] &- .zero
        return tens <= 9 && units <= 9 ? Int(tens) &* 10 &+ Int(units) : 1 << 20
    }

    /// For people: what is not UTF-8 is replaced.
    func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
    }
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let numberSign: UInt8 = 0x23
    static let asterisk: UInt8 = 0x2A
    static let comma: UInt8 = 0x2C
    static let hyphen: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    static let colon: UInt8 = 0x3A
    static let questionMark: UInt8 = 0x3F
    static let openingBracket: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let closingBracket: UInt8 = 0x5D
}
