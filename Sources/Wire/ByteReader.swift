/// Reads what `ByteWriter` wrote. Foreign bytes: every read checks what is left and throws, none traps, and no count
/// makes it allocate more than the input's own size.
package struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0
    private var elementsLeft: Int

    /// - Parameter elementLimit: how many elements all lists together may have. An element of two bytes takes sixteen times
    ///   as much in memory.
    package init(_ bytes: [UInt8], elementLimit: Int = .max) {
        self.bytes = bytes
        elementsLeft = elementLimit
    }

    package var remaining: Int { bytes.count - position }

    package mutating func readUInt8() throws(WireError) -> UInt8 {
        guard position < bytes.count else { throw .messageTooShort }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func readBool() throws(WireError) -> Bool {
        switch try readUInt8() {
        case 0: return false
        case 1: return true
        case let other: throw .unknownKind(other)
        }
    }

    package mutating func readUInt16() throws(WireError) -> UInt16 { try readInteger() }
    package mutating func readUInt32() throws(WireError) -> UInt32 { try readInteger() }
    package mutating func readInt32() throws(WireError) -> Int32 { try readInteger() }
    package mutating func readUInt64() throws(WireError) -> UInt64 { try readInteger() }
    package mutating func readInt64() throws(WireError) -> Int64 { try readInteger() }
    package mutating func readDouble() throws(WireError) -> Double { Double(bitPattern: try readInteger()) }
    package mutating func readTimestamp() throws(WireError) -> Timestamp {
        Timestamp(milliseconds: try readInteger())
    }

    /// Refuses more than 64 bits and forms longer than needed, so that a value has one encoding.
    package mutating func readVarint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readUInt8()
            if shift == 63, byte > 1 { throw .malformedNumber }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                if byte == 0, shift > 0 { throw .malformedNumber }
                return value
            }
            shift += 7
        }
    }

    /// A varint that fits the type.
    package mutating func readVarint<Integer: FixedWidthInteger>(as _: Integer.Type) throws(WireError) -> Integer {
        guard let value = Integer(exactly: try readVarint()) else { throw .malformedNumber }
        return value
    }

    /// A count of elements to come, each of at least `size` bytes: refused when the rest is too short for them.
    package mutating func readCount(ofAtLeast size: Int) throws(WireError) -> Int {
        let count = try readLength(ofAtLeast: size)
        guard count <= elementsLeft else { throw .impossibleLength }
        elementsLeft -= count
        return count
    }

    private mutating func readLength(ofAtLeast size: Int) throws(WireError) -> Int {
        let length = try readVarint()
        guard length <= UInt64(remaining / max(size, 1)) else { throw .impossibleLength }
        return Int(length)
    }

    /// Invalid UTF-8 is repaired (U+FFFD), not refused: instance names are what the host's kernel says.
    package mutating func readString() throws(WireError) -> String {
        let range = try readRange()
        if range.isEmpty { return "" }
        return bytes.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
    }

    package mutating func readBytes() throws(WireError) -> [UInt8] {
        Array(bytes[try readRange()])
    }

    /// To be called behind the last value.
    package func finish() throws(WireError) {
        if remaining > 0 { throw .trailingBytes(remaining) }
    }

    private mutating func readRange() throws(WireError) -> Range<Int> {
        let length = try readLength(ofAtLeast: 1)
        defer { position += length }
        return position..<position + length
    }

    private mutating func readInteger<Integer: FixedWidthInteger>() throws(WireError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard size <= remaining else { throw .messageTooShort }
        defer { position += size }
        // The guard above is the bounds check; integers stand unaligned.
        return bytes.withUnsafeBytes {
            Integer(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Integer.self))
        }
    }
}
