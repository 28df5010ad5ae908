import AccessLogs
import Testing

struct PlainTimeTests {
    private static let ten: Int64 = 1_795_168_801_000  // 2026-11-20T10:00:01Z

    private func time(_ line: String) -> Int64? {
        var parser = AccessLogParser(.plain)
        guard case .plain(let time) = parser.read(line) else {
            Issue.record("not taken for plain text: \(line)")
            return nil
        }
        return time
    }

    @Test(arguments: [
        ("2026-11-20T10:00:01Z", 0), ("2026-11-20T10:00:01.123Z text", 123), ("2026-11-20T10:00:01,5", 500),
        ("2026-11-20 10:00:01.123456789 text", 123), ("2026-11-20 10:00:01: text", 0), ("2026-11-20t10:00:01z", 0),
        ("2026-11-20T11:00:01+01:00 text", 0), ("2026-11-20T04:30:01-0530", 0), ("2026-11-20T11:00:01+01 x", 0),
        ("2026-11-20 11:00:01.250 +0100 text", 250), ("2026-11-20 11:00:01 +01:00", 0),
        ("2026-11-20 10:00:01 +5 items", 0), ("2026-11-20 10:00:01 - text", 0), ("2026-11-20 10:00:01 -12", 0),
        ("2026-11-20 10:00:01. The end", 0),
        ("[2026-11-20 10:00:01] text", 0), ("[2026-11-20T10:00:01Z INFO  core] text", 0),
        ("[20/Nov/2026:11:00:01 +0100] text", 0), ("\u{FEFF}2026-11-20T10:00:01Z", 0),
        ("\u{0}\u{0}2026-11-20T10:00:01Z\r", 0),
    ])
    func readsATimeAtTheBeginning(line: String, milliseconds: Int64) {
        #expect(time(line) == Self.ten + milliseconds)
    }

    @Test(arguments: [
        "", "text", "at 2026-11-20T10:00:01Z", " 2026-11-20T10:00:01Z", "2026-11-20", "2026-11-20T10:00",
        "2026-11-31T10:00:01Z", "2026-13-20T10:00:01Z", "2026-11-20T24:00:01Z", "2026-11-20T10:60:01Z",
        "2026-11-20T10:00:61Z", "2026-11-20T10:00:60Z", "2026-11-20T10:00:1xZ", "2026-11-20T10:00:01abc",
        "2026-11-20T10:00:01+24:00", "2026-11-20T10:00:01+01:60", "2026/11/20 10:00:01", "2026-11-20_10:00:01",
        "20/Nov/2026:10:00:01 +0100", "[20/Nov/2026:10:00:01 +0100", "[20/Nov/2026:10:00:01 +0100)",
        "[20/Nox/2026:10:00:01 +0100]", "1795168801 text", "Nov 20 10:00:01 host program: text",
    ])
    func findsNoTimeInOtherLines(line: String) {
        var parser = AccessLogParser(.plain)
        #expect(parser.read(line) == (line.isEmpty ? .empty : .plain(time: nil)))
    }

    @Test func readsTheLastSecondsOfADay() {
        let midnight: Int64 = 1_798_761_600_000
        #expect(time("2026-12-31T23:59:59.999Z") == midnight - 1)
        #expect(time("2026-12-31T23:59:60Z") == midnight)
        #expect(time("2027-01-01T00:59:60+01:00") == midnight)
        #expect(time("2027-01-01 00:00:00") == midnight)
    }

    @Test func readsEachLineByItself() {
        var parser = AccessLogParser(.plain)
        let lines = [
            "2026-11-20T10:00:01Z", "2026-11-20T10:00:59Z", "2026-11-20T10:01:00Z", "2026-11-20T10:01:00+02:00",
            "2026-11-20T10:01:01Z", "2026-11-21T10:01:01Z",
        ]
        let times = lines.map { line -> Int64? in
            if case .plain(let time) = parser.read(line) { time.map { ($0 - Self.ten) / 1_000 } } else { nil }
        }
        #expect(times == [0, 58, 59, 59 - 7_200, 60, 86_460])
    }
}
