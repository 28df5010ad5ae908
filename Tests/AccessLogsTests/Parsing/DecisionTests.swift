import AccessLogs
import Testing

/// What `auto` says about a file.
struct DecisionTests {
    static let combined = AccessLogParserTests.combined
    static let common = AccessLogParserTests.common

    private func decided(_ lines: [String], _ format: AccessLogFormat = .auto) -> String? {
        var parser = AccessLogParser(format)
        for line in lines { _ = parser.read(line) }
        return parser.decided
    }

    @Test func isOfTheLinesThatCouldBeRead() {
        #expect(decided([Self.combined]) == "combined")
        #expect(decided([Self.common]) == "common")
        #expect(decided(["www.example.org:80 " + Self.common]) == "common with a leading virtual host")
        #expect(decided([Self.combined + " 0.004"]) == "combined with further fields")
        #expect(decided([Self.common + " 17"]) == "common with further fields")
        #expect(
            decided(["h.example.org " + Self.combined + " \"-\""])
                == "combined with a leading virtual host and further fields"
        )
        #expect(
            decided(["#Fields: date time sc-status", "2026-11-21 13:05:00 200"]) == "W3C Extended with 3 fields"
        )
    }

    @Test func isNotOfGarbage() {
        let garbage = ["\u{0}\u{1}binary", "#!", "#Fields", "{}", "\"", "Nov 21 13:05:00 host app: started"]
        #expect(decided(garbage) == nil)
        #expect(decided(garbage + [Self.combined]) == "combined")
        // Fields that tell of no request decide nothing: the lines are read for what they are.
        #expect(decided(["#Fields: a b c", Self.combined]) == "combined")
        #expect(decided(Array(repeating: "garbage", count: 1000) + [Self.common]) == "common")
        #expect(decided(["#Version: 1.0", Self.common]) == "common")
    }

    @Test func isThatOfMostOfTheFirstLines() {
        #expect(decided([Self.common] + Array(repeating: Self.combined, count: 3)) == "combined")
        #expect(decided([Self.combined] + Array(repeating: Self.common, count: 3)) == "common")
        #expect(decided(["h.example.org " + Self.common, Self.common, Self.common]) == "common")
        // Later ones change nothing.
        let first = Array(repeating: Self.combined, count: 32)
        #expect(decided(first + Array(repeating: Self.common, count: 100)) == "combined")
    }

    @Test func isMadeAnewAfterManyUnreadLines() {
        let combined = Array(repeating: Self.combined, count: 40)
        let common = Array(repeating: Self.common, count: 40)
        #expect(decided(combined + Array(repeating: "garbage", count: 99) + common) == "combined")
        #expect(decided(combined + Array(repeating: "garbage", count: 100)) == nil)
        #expect(decided(combined + Array(repeating: "garbage", count: 100) + common) == "common")
    }

    @Test func stopsNoLineOfAnotherKind() {
        var parser = AccessLogParser(.auto)
        let readings = parser.readAll(
            """
            \(Self.combined)
            \(Self.common)
            #Fields: date time sc-status
            2026-11-21 13:05:00 201
            \(Self.combined)
            2026-11-21 13:05:00 202
            \(Self.common) 17
            2026-11-21 13:05:00 203 1
            """
        )
        #expect(readings.map { $0.request?.status } == [200, 200, nil, 201, 200, 202, 200, nil])
        #expect(readings.last == .unread(.tooManyFields))
    }

    @Test func saysWhatIsConfiguredBeforeAndFindsTheRestOut() {
        #expect(decided([], .combined) == "combined")
        #expect(decided([], .w3c) == "w3c")
        #expect(decided(["h.example.org " + Self.combined], .combined) == "combined with a leading virtual host")
    }

    @Test func explicitFormatsReadNoOther() {
        var common = AccessLogParser(.common)
        #expect(common.read("#Fields: date time sc-status") == .unread(.unknownFormat))
        var w3c = AccessLogParser(.w3c)
        #expect(w3c.read(Self.combined) == .unread(.noFields))
        _ = w3c.read("#Fields: date time sc-status")
        #expect(w3c.read(Self.combined) == .unread(.tooManyFields))
    }
}
