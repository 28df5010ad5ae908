import CLinux

/// Walks through the text of a kernel file line by line and field by field, without making a String of it.
///
/// Lines and fields are scanners of their own over the same bytes.
package struct ByteScanner {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes, from: 0, to: bytes.count)
    }

    /// - Parameters:
    ///   - from: first byte, `to`: one behind the last; both within `bytes`.
    package init(_ bytes: [UInt8], from: Int, to: Int) {
        precondition(0 <= from && from <= to && to <= bytes.count)
        self.bytes = bytes
        position = from
        end = to
    }

    package var isEmpty: Bool { position == end }
    package var count: Int { end - position }

    /// The byte at an offset from where the scanner stands; nil beyond the end.
    package subscript(offset: Int) -> UInt8? {
        position + offset < end ? bytes[position + offset] : nil
    }

    /// The text that is left. Bytes that are not UTF-8 become U+FFFD.
    package var string: String {
        String(decoding: bytes[position..<end], as: UTF8.self)
    }

    package var array: [UInt8] {
        Array(bytes[position..<end])
    }

    // MARK: Parts

    /// The next line without its newline; nil behind the last.
    package mutating func line() -> ByteScanner? {
        guard position < end else { return nil }
        let start = position
        while position < end, bytes[position] != 0x0A { position += 1 }
        let line = ByteScanner(bytes, from: start, to: position)
        if position < end { position += 1 }
        return line
    }

    /// The next run of bytes that are neither space nor tab; nil when there is none.
    package mutating func field() -> ByteScanner? {
        while position < end, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
        guard position < end else { return nil }
        let start = position
        while position < end, bytes[position] != 0x20, bytes[position] != 0x09 { position += 1 }
        return ByteScanner(bytes, from: start, to: position)
    }

    /// What stands before the next `byte`, and moves behind it; nil, and no move, where it does not occur.
    package mutating func part(before byte: UInt8) -> ByteScanner? {
        var index = position
        while index < end, bytes[index] != byte { index += 1 }
        guard index < end else { return nil }
        let part = ByteScanner(bytes, from: position, to: index)
        position = index + 1
        return part
    }

    /// What stands before the last `byte`, and moves behind it; nil, and no move, where it does not occur.
    package mutating func part(beforeLast byte: UInt8) -> ByteScanner? {
        var index = end
        while index > position, bytes[index - 1] != byte { index -= 1 }
        guard index > position else { return nil }
        let part = ByteScanner(bytes, from: position, to: index - 1)
        position = index
        return part
    }

    // MARK: Comparing

    package func starts(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where bytes[position + index] != text.utf8Start[index] { return false }
        return true
    }

    package func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && starts(with: text)
    }

    package func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return bytes.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                // Both are that long, and neither is empty where it has an address.
                guard count > 0, let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
                return memcmp(left + position, right, count) == 0
            }
        }
    }

    /// Moves behind `text` where the rest starts with it.
    package mutating func skip(_ text: StaticString) -> Bool {
        guard starts(with: text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    // MARK: Numbers

    /// All that is left as a decimal number; nil where it is anything else or does not fit.
    package var unsigned: UInt64? {
        guard position < end else { return nil }
        var value: UInt64 = 0
        for index in position..<end {
            guard let digit = Self.digit(bytes[index]) else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// All that is left as a decimal number with a sign.
    package var signed: Int64? {
        var rest = self
        let isNegative = rest.skip("-")
        guard let magnitude = rest.unsigned, magnitude <= UInt64(Int64.max) else { return nil }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }

    /// All that is left as a decimal number with a fraction or without (`0.53`, `12`), never negative.
    package var decimal: Double? {
        var rest = self
        guard let whole = rest.part(before: 0x2E) else { return unsigned.map { Double($0) } }
        guard var digits = whole.unsigned, !rest.isEmpty else { return nil }
        // All digits as one integer, divided once: the nearest Double, where a sum of tenths drifts. Digits that no
        // longer fit are beyond what a Double holds.
        var divisor = 1.0
        for index in rest.position..<rest.end {
            guard let digit = Self.digit(rest.bytes[index]) else { return nil }
            if digits < 1 << 53 {
                digits = digits * 10 + UInt64(digit)
                divisor *= 10
            }
        }
        return Double(digits) / divisor
    }

    /// The next field as a number; nil where there is none or it is none.
    package mutating func number() -> UInt64? {
        field()?.unsigned
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : nil
    }
}
