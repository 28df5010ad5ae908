/// Writes values one behind the other: integers little endian, lengths and counts as varints (LEB128).
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init(reservingCapacity capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func write(_ value: UInt8) {
        bytes.append(value)
    }

    package mutating func write(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    package mutating func write(_ value: UInt16) { writeInteger(value) }
    package mutating func write(_ value: UInt32) { writeInteger(value) }
    package mutating func write(_ value: Int32) { writeInteger(value) }
    package mutating func write(_ value: UInt64) { writeInteger(value) }
    package mutating func write(_ value: Int64) { writeInteger(value) }

    /// All 64 bits, so that every value comes back as it was.
    package mutating func write(_ value: Double) { writeInteger(value.bitPattern) }

    package mutating func write(_ value: Timestamp) { writeInteger(value.milliseconds) }

    /// One byte below 128, two below 16384…
    package mutating func writeVarint(_ value: some FixedWidthInteger & UnsignedInteger) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A count of elements to come.
    package mutating func writeCount(_ count: Int) { writeVarint(UInt(count)) }

    /// Length in UTF-8 bytes, then the bytes.
    package mutating func write(_ string: String) {
        var string = string
        // A native string lends its bytes; only a bridged one would be copied.
        string.withUTF8 { utf8 in
            writeVarint(UInt(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    /// Length, then the bytes.
    package mutating func write(_ value: [UInt8]) {
        writeVarint(UInt(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func writeInteger(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
