import Probe
import Testing

@Suite struct ByteScannerTests {
    private func scanner(_ text: String) -> ByteScanner { ByteScanner(Array(text.utf8)) }

    @Test func walksLinesAndFields() {
        var text = scanner("one  two\tthree\n\n last")
        var first = text.line()
        #expect(first?.field()?.string == "one")
        #expect(first?.field()?.string == "two")
        #expect(first?.field()?.string == "three")
        #expect(first?.field() == nil)
        #expect(text.line()?.isEmpty == true)
        #expect(text.line()?.string == " last")
        #expect(text.line() == nil)
    }

    @Test(arguments: [
        ("0", 0), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("99999999999999999999", nil),
        ("", nil), ("-1", nil), ("1x", nil), (" 1", nil), ("1.5", nil),
    ])
    func unsigned(_ text: String, _ value: UInt64?) {
        #expect(scanner(text).unsigned == value)
    }

    @Test(arguments: [("-40000", -40_000), ("7", 7), ("-", nil), ("--1", nil), ("9223372036854775808", nil)])
    func signed(_ text: String, _ value: Int64?) {
        #expect(scanner(text).signed == value)
    }

    @Test(arguments: [
        ("1916.13", 1916.13), ("0.07", 0.07), ("12", 12), ("0.1000000000000000000000000000001", 0.1),
        ("350735.47", 350735.47),
        (".5", nil), ("5.", nil), ("1.2.3", nil), ("-1.5", nil), ("nan", nil), ("", nil),
    ])
    func decimal(_ text: String, _ value: Double?) {
        #expect(scanner(text).decimal == value)
    }

    @Test func partsBeforeAByte() {
        var text = scanner("a:b:c")
        #expect(text.part(before: 0x3B) == nil)
        #expect(text.part(before: 0x3A)?.string == "a")
        #expect(text.string == "b:c")
        var again = scanner("a:b:c")
        #expect(again.part(beforeLast: 0x3A)?.string == "a:b")
        #expect(again.string == "c")
    }

    @Test func comparesWhatIsLeft() {
        var text = scanner("one two")
        _ = text.field()
        #expect(text.equals(Array(" two".utf8)))
        #expect(!text.equals(Array(" twa".utf8)))
        #expect(!text.equals([]))
        #expect(ByteScanner([]).equals([]))
    }

    @Test func bytesThatAreNoTextAreShownAsSuch() {
        #expect(ByteScanner([0x61, 0xFF, 0x62]).string == "a\u{FFFD}b")
    }

    @Test func anySequenceOfBytesIsWalkedToItsEnd() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                [0x20, 0x0A, 0x09, 0x5C, 0x30, 0x37, 0x3A, 0x2E, 0x2D, 0xFF, 0x00].randomElement(using: &random) ?? 0x20
            }.map { UInt8($0) }
            var text = ByteScanner(bytes)
            var length = 0
            while var line = text.line() {
                length += line.count + 1
                while let field = line.field() { _ = (field.unsigned, field.decimal, field.signed, field.unescaped) }
            }
            #expect(length == bytes.count || length == bytes.count + 1)
            _ = MountTable(parsing: ByteScanner(bytes))
            _ = KernelStat.parse(ByteScanner(bytes), withCores: true)
            _ = NetworkInterfaces.parse(ByteScanner(bytes))
            _ = DiskStatistics.parse(ByteScanner(bytes))
        }
    }
}
