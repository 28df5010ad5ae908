import AccessLogs
import Testing

struct W3CLineTests {
    private func read(_ fields: String, _ lines: String...) -> [LineReading] {
        var parser = AccessLogParser(.w3c)
        _ = parser.read("#Fields: \(fields)")
        return lines.map { parser.read($0) }
    }

    @Test func takesTabsAndRunsOfSpacesBetweenColumns() {
        let readings = read(
            "date \t time  c-ip cs-method\tcs-uri-stem sc-status",
            "2026-11-21 13:05:00 192.0.2.1 GET /a 200",
            "2026-11-21\t13:05:00\t192.0.2.1\tGET\t/a\t200",
            "  2026-11-21   13:05:00 \t 192.0.2.1\t\tGET     /a  200 \t"
        )
        #expect(Set(readings.map { $0.request?.target }) == ["/a"])
        #expect(Set(readings.map { $0.request?.status }) == [200])
        #expect(Set(readings.map { $0.request?.time }) == [1_795_266_300_000])
    }

    @Test func readsQuotedStringsWithDoubledQuotes() {
        let readings = read(
            "date time cs(User-Agent) cs-uri-stem sc-status",
            #""2026-11-21" "13:05:00" "Mozilla/4.5 [en] (""quoted""; I)" "/a b" "200""#,
            #"2026-11-21 13:05:00 "" /a 200"#,
            #"2026-11-21 13:05:00 """" /a 200"#,
            #"2026-11-21 13:05:00 """a" /a 200"#,
            #"2026-11-21 13:05:00 a"b" /a 200"#
        )
        #expect(readings[0].request?.userAgent == #"Mozilla/4.5 [en] (""quoted""; I)"#)
        #expect(readings[0].request?.target == "/a b")
        #expect(readings[0].request?.section == "/a b")
        #expect(readings[0].request?.status == 200)
        #expect(readings.dropFirst().map { $0.request?.userAgent } == ["", #""""#, #"""a"#, #"a"b""#])
    }

    @Test(arguments: [
        #"2026-11-21 13:05:00 "UA /a 200"#, #"2026-11-21 13:05:00 "UA""/a 200"#, #"2026-11-21 13:05:00 "UA"x /a 200"#,
        #"2026-11-21 13:05:00 UA /a ""#, #"2026-11-21 13:05:00 UA /a """"#,
    ])
    func refusesAQuoteThatDoesNotEnd(line: String) {
        #expect(read("date time cs(User-Agent) cs-uri-stem sc-status", line) == [.unread(.unclosedQuote)])
    }

    @Test func takesAHyphenForNothing() throws {
        let readings = read(
            "date time c-ip cs-method cs-uri-stem sc-status sc-bytes time-taken cs(User-Agent)",
            "2026-11-21 13:05:00 - - - - - - -"
        )
        let nothing = ReadLine(
            time: 1_795_266_300_000,
            status: 0,
            bytes: 0,
            durationMicroseconds: nil,
            client: "",
            method: "",
            target: "",
            section: "",
            userAgent: ""
        )
        #expect(readings == [.request(nothing)])
    }

    @Test func leavesPlusSignsForSpacesRaw() {
        let readings = read(
            "date time cs-uri-stem cs(User-Agent)",
            "2026-11-21 13:05:00 /a+b/c Mozilla/5.0+(compatible;+x)"
        )
        #expect(readings[0].request?.userAgent == "Mozilla/5.0+(compatible;+x)")
        #expect(readings[0].request?.section == "/a+b")
    }

    @Test func refusesMoreOrFewerColumnsThanFields() {
        let readings = read(
            "date time cs-method cs-uri-stem sc-status",
            "2026-11-21 13:05:00 GET /a 200 17",
            "2026-11-21 13:05:00 GET /a",
            "2026-11-21 13:05:00 GET /a b 200",
            "2026-11-21 13:05:00 GET /a 200 \"",
            "2026-11-21 13:05:00 GET /a 200"
        )
        #expect(
            readings.map(\.reason) == [.tooManyFields, .tooFewFields, .tooManyFields, .tooManyFields, nil]
        )
    }

    @Test(arguments: [
        ("2026-11-21 13:05:00 2000 1", UnreadReason.badStatus), ("2026-11-21 13:05:00 OK 1", .badStatus),
        ("2026-11-21 13:05:00 200 1.5", .badBytes), ("2026-11-21 13:05:00 200 99999999999999999999", .badBytes),
        ("2026-11-31 13:05:00 200 1", .badTime), ("2026-11-21 25:05:00 200 1", .badTime),
        ("26-11-21 13:05:00 200 1", .badTime), ("2026/11/21 13:05:00 200 1", .badTime),
        ("2026-11-21 13:5:00 200 1", .badTime), ("2026-11-21 13:05:00Z 200 1", .badTime),
        ("2026-11-21 13:05:00. 200 1", .badTime), ("2026-11-21 13:05:00.x 200 1", .badTime),
        ("2026-11-21 13:05:60 200 1", .badTime), ("- 13:05:00 200 1", .badTime), ("2026-11-21 - 200 1", .badTime),
        ("20x6-11-21 13:05:00 200 1", .badTime),
    ])
    func saysWhyALineIsNotRead(line: String, reason: UnreadReason) {
        #expect(read("date time sc-status sc-bytes", line) == [.unread(reason)])
    }

    @Test(
        arguments: [
            ("13:05", 1_795_266_300_000), ("13:05:00", 1_795_266_300_000), ("13:05:07.363", 1_795_266_307_363),
            ("13:05:07.3", 1_795_266_307_300), ("13:05:07.363999", 1_795_266_307_363), ("23:59:60", 1_795_305_600_000),
        ] as [(String, Int64)]
    )
    func readsTimesInUTC(time: String, milliseconds: Int64) {
        #expect(read("date time sc-status", "2026-11-21 \(time) 200")[0].request?.time == milliseconds)
    }

    /// The draft says seconds, IIS and most others write milliseconds. Whole numbers are the latter.
    @Test(
        arguments: [
            ("time-taken", "283", 283_000), ("time-taken", "0", 0), ("time-taken", "0.283", 283_000),
            ("time-taken", "1.5", 1_500_000), ("time-taken", "0.0000019", 1), ("time-taken", ".5", 500_000),
            ("TimeTakenMS", "109", 109_000), ("TimeTakenMS", "1.5", 1_500), ("time-taken", "-", nil),
            ("time-taken", "fast", nil), ("time-taken", "1.x", nil), ("time-taken", "99999999999999999999", nil),
            ("time-taken", "18446744073709551615", nil), ("time-taken", "18446744073709.99", nil),
            ("x-time-taken", "283", nil),
        ] as [(String, String, UInt64?)]
    )
    func readsTheDuration(field: String, value: String, microseconds: UInt64?) throws {
        let line = try #require(read("date time sc-status \(field)", "2026-11-21 13:05:00 200 \(value)")[0].request)
        #expect(line.durationMicroseconds == microseconds)
    }

    @Test func prefersTheBestNameOfEach() throws {
        let readings = read(
            "date-local time-local bytes cs-uri-stem date time sc-bytes cs-uri c-dns C-IP CS(USER-AGENT) date",
            "2020-01-01 00:00:00 1 /stem 2026-11-21 13:05:00 2 http://host/uri?q host 192.0.2.1 UA 1999-01-01"
        )
        let line = try #require(readings[0].request)
        #expect(line.time == 1_795_266_300_000)
        #expect(line.bytes == 2)
        #expect(line.target == "http://host/uri?q")
        #expect(line.section == "/uri")
        #expect(line.client == "192.0.2.1")
        #expect(line.userAgent == "UA")
    }

    @Test func takesLocalTimesForUTCWhereThereAreNoOthers() {
        let readings = read("date-local time-local sc-status", "2026-11-21 13:05:00.250 200")
        #expect(readings[0].request?.time == 1_795_266_300_250)
    }

    @Test(arguments: [
        ("cs-uri", "www.example.com/page.php", "/page.php"), ("cs-uri", "www.example.com:80/", "/"),
        ("cs-uri", "a/b", ""), ("cs-uri", "www.example.com", ""), ("cs-uri", "www example.com/x", ""),
        ("cs-uri-stem", "www.example.com/page.php", ""), ("cs-uri-stem", "anonymous", ""),
        ("cs-uri-stem", "*", "*"),
    ])
    func findsTheSection(field: String, value: String, section: String) {
        let readings = read("date time \(field)", "2026-11-21 13:05:00 \"\(value)\"")
        #expect(readings[0].request?.section == section)
        #expect(readings[0].request?.target == value)
    }
}
