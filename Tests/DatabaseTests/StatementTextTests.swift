import Testing
import Wire

@testable import Database

struct StatementTextTests {
    private func text(_ body: (StatementText) -> Void) -> String {
        let text = StatementText(capacity: 1)
        body(text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (0, "'1970-01-01 00:00:00.000'"),
        (-1, "'1969-12-31 23:59:59.999'"),
        (951_782_400_000, "'2000-02-29 00:00:00.000'"),
        (951_868_799_999, "'2000-02-29 23:59:59.999'"),
        (951_868_800_000, "'2000-03-01 00:00:00.000'"),
        (4_107_542_399_007, "'2100-02-28 23:59:59.007'"),
        (4_107_542_400_000, "'2100-03-01 00:00:00.000'"),
        (1_795_200_687_123, "'2026-11-20 18:51:27.123'"),
        (Int64.min, "'1000-01-01 00:00:00.000'"),
        (Int64.max, "'9999-12-31 23:59:59.999'"),
    ])
    func writesTimesInUTC(milliseconds: Int64, expected: String) {
        #expect(text { $0.append(Timestamp(milliseconds: milliseconds)) } == expected)
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.1, "0.1"), (97.2, "97.2"), (1e15, "1000000000000000"),
        (9_007_199_254_740_991, "9007199254740991"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
        (.nan, "NULL"),
        (.infinity, "NULL"), (-.infinity, "NULL"), (0.1 + 0.2, "0.30000000000000004"),
    ])
    func writesTheShortestNumberThatReadsBackTheSame(value: Double, expected: String) {
        #expect(text { $0.append(value) } == expected)
    }

    @Test(arguments: [Int64.min, -1, 0, 9, 10, 99, 100, 12_345, .max])
    func writesIntegers(number: Int64) {
        #expect(text { $0.append(number) } == "\(number)")
    }

    @Test func quotesTexts() {
        #expect(text { $0.append(quoted: nil) } == "NULL")
        #expect(text { $0.append(quoted: "") } == "''")
        #expect(text { $0.append(quoted: "it's \\ \"x\" \0 😀\n") } == "'it\\'s \\\\ \"x\" \\0 😀\n'")
    }

    @Test func shortensTextsBetweenCharacters() {
        #expect(ShortText.prefix(of: "abc", 3) == "abc")
        #expect(ShortText.prefix(of: "abcd", 3) == "ab…")
        #expect(ShortText.prefix(of: "a👨‍👩‍👧b", 4) == "a…")
        #expect(ShortText.prefix(of: "ééé", 3) == "ééé")
        let first = String(repeating: "x", count: 600) + "1"
        let second = String(repeating: "x", count: 600) + "2"
        #expect(ShortText.name(of: first, 512).unicodeScalars.count == 512)
        #expect(ShortText.name(of: first, 512) != ShortText.name(of: second, 512))
        #expect(ShortText.name(of: first, 512) == ShortText.name(of: first, 512))
    }

    @Test func repairsBytesThatAreNoText() {
        #expect(ShortText.repaired([0x61, 0xff, 0x62], maximumBytes: 100) == ("a\u{fffd}b", false))
        #expect(ShortText.repaired(Array("aé😀".utf8), maximumBytes: 7) == ("aé😀", false))
        #expect(ShortText.repaired(Array("aé😀b".utf8), maximumBytes: 7) == ("aé…", true))
    }

    @Test func daysCountAsTheServersDo() {
        let day = CalendarDay(of: Timestamp(milliseconds: 1_795_200_687_123))
        #expect(day.compactText == "20261120")
        #expect(CalendarDay(toDays: day.toDays) == day)
        // SELECT TO_DAYS('2026-11-20')
        #expect(day.toDays == 740_305)
        #expect(CalendarDay(of: Timestamp(milliseconds: -1)).compactText == "19691231")
    }
}
