package import Wire

extension ClientSet {
    private enum Kind {
        static let exact: UInt8 = 1
        static let sketch: UInt8 = 2
    }

    /// At most 80 KB: the hashes, or the registers with six bits each (12 KiB). Sorted, differences of hashes would be
    /// no shorter as varints.
    package func encode(into writer: inout ByteWriter) {
        if let sketch {
            writer.write(Kind.sketch)
            Self.write(registers: sketch.registers, into: &writer)
        } else {
            writer.write(Kind.exact)
            writer.writeCount(used)
            for hash in slots where hash != 0 { writer.write(hash) }
        }
    }

    package init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.readUInt8() {
        case Kind.exact:
            let count = try reader.readCount(ofAtLeast: 8)
            guard count <= Self.exactLimit else { throw .impossibleLength }
            self.init()
            for _ in 0..<count { insert(hash: try reader.readUInt64()) }
            // None comes twice.
            guard used == count else { throw .malformedNumber }
        case Kind.sketch:
            guard let sketch = HyperLogLog(registers: try Self.readRegisters(from: &reader)) else {
                throw .malformedNumber
            }
            self.init(sketch)
        case let other:
            throw .unknownKind(other)
        }
    }

    /// Four registers in three bytes: a rank is at most 51.
    private static func write(registers: [UInt8], into writer: inout ByteWriter) {
        for first in stride(from: 0, to: registers.count, by: 4) {
            var group: UInt32 = 0
            for register in 0..<4 { group = group << 6 | UInt32(registers[first + register]) }
            writer.write(UInt8(truncatingIfNeeded: group >> 16))
            writer.write(UInt8(truncatingIfNeeded: group >> 8))
            writer.write(UInt8(truncatingIfNeeded: group))
        }
    }

    private static func readRegisters(from reader: inout ByteReader) throws(WireError) -> [UInt8] {
        var registers: [UInt8] = []
        registers.reserveCapacity(HyperLogLog.registerCount)
        while registers.count < HyperLogLog.registerCount {
            var group: UInt32 = 0
            for _ in 0..<3 { group = group << 8 | UInt32(try reader.readUInt8()) }
            for shift in [18, 12, 6, 0] { registers.append(UInt8(truncatingIfNeeded: group >> UInt32(shift)) & 0x3f) }
        }
        return registers
    }
}
