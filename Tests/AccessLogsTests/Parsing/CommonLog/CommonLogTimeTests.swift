import AccessLogs
import Testing

struct CommonLogTimeTests {
    private func read(_ date: String) -> LineReading {
        var parser = AccessLogParser(.auto)
        return parser.read("192.0.2.1 - - [\(date)] \"GET / HTTP/1.1\" 200 5")
    }

    @Test(
        arguments: [
            ("01/Jan/1970:00:00:00 +0000", 0),
            ("21/Nov/2026:13:05:00 +0000", 1_795_266_300_000),
            ("21/Nov/2026:13:05:00 -0000", 1_795_266_300_000),
            ("22/Jan/2019:03:56:14 +0330", 1_548_116_774_000),
            ("10/Oct/2000:13:55:36 -0700", 971_211_336_000),
            ("29/Feb/2024:23:59:59 +1400", 1_709_200_799_000),
            ("29/Feb/2000:00:00:00 -1200", 951_825_600_000),
            ("31/Dec/9999:23:59:59 +0000", 253_402_300_799_000),
            // The leap second at the end of 2016 is POSIX's first second of 2017, wherever the server stands.
            ("31/Dec/2016:23:59:60 +0000", 1_483_228_800_000),
            ("01/Jan/2017:05:29:60 +0530", 1_483_228_800_000),
        ] as [(String, Int64)]
    )
    func readsDates(date: String, milliseconds: Int64) {
        #expect(read(date).request?.time == milliseconds)
    }

    @Test(arguments: [
        "31/Feb/2026:13:05:00 +0000", "29/Feb/2025:13:05:00 +0000", "29/Feb/2100:13:05:00 +0000",
        "31/Apr/2026:13:05:00 +0000", "00/Jan/2026:13:05:00 +0000", "32/Jan/2026:13:05:00 +0000",
        "21/Foo/2026:13:05:00 +0000", "21/nov/2026:13:05:00 +0000", "21/11 /2026:13:05:00 +0000",
        "21/Nov/2026:24:00:00 +0000", "21/Nov/2026:13:60:00 +0000", "21/Nov/2026:13:05:61 +0000",
        "21/Nov/2026:13:05:60 +0000", "21/Nov/2026:13:05:00 +2400", "21/Nov/2026:13:05:00 +0060",
        "21/Nov/2026:13:05:00 00000", "21/Nov/2026:13:05:00 +00:0", "21/Nov/20x6:13:05:00 +0000",
        "21/Nov/202x:13:05:00 +0000", "2x/Nov/2026:13:05:00 +0000", "21/Nov/2026:1x:05:00 +0000",
        "21/Nov/2026:13:x5:00 +0000", "21/Nov/2026:13:05:x0 +0000", "21-Nov-2026:13:05:00 +0000",
        "21/Nov/1969:13:05:00 +0000", "21/Nov/2026 13:05:00 +0000", "21/Nov/2026:13:05:00+00000",
        // Written otherwise.
        "21/Nov/2026:13:05:00", "2026-11-21T13:05:00+00:00", "1/Nov/2026:13:05:00 +0000", "",
    ])
    func refusesOtherDates(date: String) {
        #expect(read(date) == .unread(.badTime))
    }

    @Test(arguments: [
        ("192.0.2.1 - - [21/Nov/2026:13:0", UnreadReason.unclosedQuote),
        ("192.0.2.1 - - [21/Nov/2026:13:05:00 +0000 \"GET / HTTP/1.1\" 200 5", .unclosedQuote),
        ("192.0.2.1 - - [21/Nov/2026:13:05:00 +0000]", .tooFewFields),
        ("192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] 200 5", .tooFewFields),
        ("192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] 0.1 \"GET / HTTP/1.1\" 200 5", .unknownFormat),
        ("192.0.2.1 - - 21/Nov/2026:13:05:00 +0000 \"GET / HTTP/1.1\" 200 5", .unknownFormat),
    ]) func saysWhyThereIsNoDate(line: String, reason: UnreadReason) {
        var parser = AccessLogParser(.auto)
        #expect(parser.read(line) == .unread(reason))
    }

    @Test func doesNotTakeTheDateOfTheUserAgent() {
        var parser = AccessLogParser(.auto)
        let date = "[21/Nov/2026:13:05:00 +0000] "
        #expect(
            parser.read("192.0.2.1 - - [bad] \"GET / HTTP/1.1\" 200 5 \"-\" \"x \(date)\" \"y\"")
                == .unread(.badTime)
        )
        #expect(parser.read("192.0.2.1 - - \"GET / HTTP/1.1\" 200 5 \"-\" \"x \(date)\" \"y\"").reason != nil)
        let read = parser.read(
            "192.0.2.1 - - [22/Nov/2026:13:05:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x \(date)\" \"y\""
        )
        #expect(read.request?.time == 1_795_352_700_000)
    }

    @Test func readsEachSecondOfTheSameMinuteAndOfTheNext() {
        var parser = AccessLogParser(.auto)
        let at = { (text: String) in "192.0.2.1 - - [21/Nov/2026:\(text)] \"GET / HTTP/1.1\" 200 5" }
        #expect(parser.read(at("13:05:58 +0000")).request?.time == 1_795_266_358_000)
        #expect(parser.read(at("13:05:59 +0000")).request?.time == 1_795_266_359_000)
        #expect(parser.read(at("13:05:07 +0000")).request?.time == 1_795_266_307_000)
        #expect(parser.read(at("13:06:00 +0000")).request?.time == 1_795_266_360_000)
        #expect(parser.read(at("13:06:00 +0100")).request?.time == 1_795_262_760_000)
        #expect(parser.read(at("13:06:6x +0100")) == .unread(.badTime))
        #expect(parser.read(at("13:06:60 +0100")) == .unread(.badTime))
        #expect(parser.read(at("13:06:59 +0100")).request?.time == 1_795_262_819_000)
    }
}
