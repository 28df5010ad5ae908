import Testing
import Wire

struct ByteReaderTests {
    @Test func varintsTakeOneByteForSevenBits() throws {
        for (value, length) in [
            (UInt64(0), 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (UInt64(UInt32.max), 5), (UInt64.max, 10),
        ] {
            var writer = ByteWriter()
            writer.writeVarint(value)
            #expect(writer.bytes.count == length)
            var reader = ByteReader(writer.bytes)
            #expect(try reader.readVarint() == value)
            try reader.finish()
        }
    }

    @Test(arguments: [
        // More than 64 bits, and forms longer than needed.
        [UInt8](repeating: 0xff, count: 10), [UInt8](repeating: 0x80, count: 10) + [1], [0x80, 0], [0xff, 0x80, 0],
    ])
    func malformedVarintsAreRefused(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        #expect(throws: WireError.malformedNumber) { try reader.readVarint() }
    }

    @Test func aVarintBeyondItsTypeIsRefused() {
        var writer = ByteWriter()
        writer.writeVarint(UInt32(65_536))
        var reader = ByteReader(writer.bytes)
        #expect(throws: WireError.malformedNumber) { try reader.readVarint(as: UInt16.self) }
    }

    @Test func invalidUTF8IsRepaired() throws {
        var writer = ByteWriter()
        writer.write([0x61, 0xff, 0x62])
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readString() == "a\u{fffd}b")
    }

    @Test func aBoolIs0Or1() {
        var reader = ByteReader([2])
        #expect(throws: WireError.unknownKind(2)) { try reader.readBool() }
    }

    /// Sixteen megabytes of empty failures would be a quarter of a gigabyte in memory.
    @Test func moreElementsThanAnybodyHasAreRefused() throws {
        func reply(_ count: Int) -> [UInt8] {
            let failure = CollectorFailure(collector: "", reason: "")
            return Reply.snapshot(
                Snapshot(
                    sequence: 1,
                    collectedAt: Timestamp(milliseconds: 0),
                    samples: [],
                    failures: Array(repeating: failure, count: count),
                    commandResults: []
                )
            ).encode()
        }
        #expect(throws: Never.self) { try Reply(decoding: reply(200_000)) }
        #expect(throws: WireError.impossibleLength) { try Reply(decoding: reply(200_001)) }
    }

    @Test func aTextLongerThanTheRestIsRefused() {
        var reader = ByteReader([5, 1, 2, 3, 4])
        #expect(throws: WireError.impossibleLength) { try reader.readString() }
    }
}
