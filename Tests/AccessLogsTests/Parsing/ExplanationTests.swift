import AccessLogs
import Testing

/// What `metricsd watch --explain` prints.
struct ExplanationTests {
    private func explain(_ lines: [String], _ format: AccessLogFormat = .auto) -> LineExplanation {
        var parser = AccessLogParser(format)
        for line in lines.dropLast() { _ = parser.read(line) }
        return Array((lines.last ?? "").utf8).withUnsafeBytes { parser.explain($0) }
    }

    @Test func tellsEachFieldOfACombinedLine() {
        let line =
            "www.example.org:443 "
            + AccessLogParserTests.combined.replacing("/apache_pb.gif", with: "/api/user?id=1") + " 17 \"-\""
        #expect(
            explain([line]).description == """
                read as combined
                  %v virtual host, or proxy  www.example.org:443
                  %h remote host             127.0.0.1
                  %l remote logname          -
                  %u remote user             frank
                  %t time                    10/Oct/2000:13:55:36 -0700  → 2000-10-10T20:55:36.000Z (UTC)
                  %r request line            GET /api/user?id=1 HTTP/1.0
                     method                  GET
                     target                  /api/user?id=1
                     section                 /api
                     protocol                HTTP/1.0
                  %>s status                 200
                  %b bytes sent              2326
                  %{Referer}i                http://www.example.com/start.html
                  %{User-agent}i             Mozilla/4.08 [en] (Win98; I ;Nav)
                  further fields             17 "-"  → not read: nothing tells what they are
                """
        )
    }

    @Test func tellsEachColumnOfAW3CLine() {
        let explanation = explain([
            "#Date: 2026-11-21 13:00:00", "#Fields: time c-ip cs-method cs-uri-stem sc-status sc-bytes time-taken x-a",
            "13:05:00 192.0.2.1 GET /api/user - - 283 \"a \"\"b\"\"\"",
        ])
        #expect(
            explanation.description == """
                read as W3C Extended
                  time         13:05:00  → 2026-11-21T13:05:00.000Z (UTC)
                  c-ip         192.0.2.1
                  cs-method    GET
                  cs-uri-stem  /api/user  → section /api
                  sc-status    -  → none
                  sc-bytes     -  → 0
                  time-taken   283  → 283000 µs
                  x-a          a ""b""
                """
        )
    }

    @Test func saysWhereAndWhyALineCannotBeRead() {
        #expect(
            explain([CommonLogLineTests.line("\"GET / HTTP/1.1\" abc 12")]).description == """
                not read: bad_status
                  192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] "GET / HTTP/1.1" abc 12
                                                                              ^
                  Column 61: “abc” is no status.
                  A status is a number of up to three digits, or - where there is none.
                up to there, as common:
                  %h remote host     192.0.2.1
                  %l remote logname  -
                  %u remote user     -
                  %t time            21/Nov/2026:13:05:00 +0000  → 2026-11-21T13:05:00.000Z (UTC)
                  %r request line    GET / HTTP/1.1
                     method          GET
                     target          /
                     section         /
                     protocol        HTTP/1.1
                """
        )
    }

    static let fields = "#Fields: date time cs-uri-stem sc-status sc-bytes"

    @Test(arguments: [
        ([CommonLogLineTests.line("\"GET / HTTP/1.1\" 200 1x")], 65),
        ([CommonLogLineTests.line("\"GET / HTTP/1.1\" 200")], 64),
        ([CommonLogLineTests.line("\"GET / HTTP/1.1 200")], 44),
        ([CommonLogLineTests.line("\"GET / HTTP/1.1\" 200 1 \"-\" \"UA")], 71),
        (["192.0.2.1 - - [31/Feb/2026:13:05:00 +0000] \"GET / HTTP/1.1\" 200 1"], 16),
        (["192.0.2.1 - [21/Feb/2026:13:05:00 +0000] \"GET / HTTP/1.1\" 200 1"], 13),
        (["garbage"], 1),
        (["#192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] \"GET / HTTP/1.1\" 200 1x"], 1),
        (["2026-11-21 13:05:00 / 200 1"], 1),
        ([fields, "2026-11-21 13:05:00 / 200"], 26),
        ([fields, "2026-11-21 13:05:00 / 200 1  2"], 30),
        ([fields, "2026-11-21 13:05:00 \"/ 200 1"], 21),
        ([fields, "2026-11-21 13:05:00 / OK 1"], 23),
        ([fields, "2026-11-21 13:05:00 / 200 OK"], 27),
        ([fields, "2026-11-21 13:5 / 200 1"], 12),
        ([fields, "2026-1-21 13:05:00 / 200 1"], 1),
        (["#Fields: time sc-status", "13:05:00 200"], 1),
        (["#Fields: date sc-status", "2026-11-21 200"], 1),
    ])
    func findsTheColumn(lines: [String], column: Int) throws {
        let failure = try #require(explain(lines).failure)
        #expect(failure.column == column)
        #expect(failure.problem.hasSuffix("."))
        #expect(failure.mend.hasSuffix("."))
        var parser = AccessLogParser(.auto)
        #expect(parser.readAll(lines.joined(separator: "\n")).last == .unread(failure.reason))
    }

    @Test func namesTheFormatThatWouldDo() throws {
        let common = try #require(explain([AccessLogParserTests.common], .combined).failure)
        #expect(common.mend.contains("As common it could be read"))
        let w3c = try #require(explain([AccessLogParserTests.combined], .w3c).failure)
        #expect(w3c.mend.contains("As combined it could be read"))
        let directive = try #require(explain([Self.fields], .common).failure)
        #expect(directive.mend.contains("the format w3c or auto"))
    }

    @Test func tellsWhatADirectiveDoes() {
        #expect(explain([Self.fields]).description.contains("the 5 columns of the lines that follow"))
        #expect(explain(["#Fields: a b"]).description.contains("cannot be read"))
        #expect(explain(["#Date: 2026-11-21"]).description.contains("2026-11-21T00:00:00.000Z"))
        #expect(explain(["#Date: x"]).description.contains("no date"))
        #expect(explain(["#Software: x"]).description.contains("#Software"))
        #expect(explain([""]).description == "read as an empty line")
    }

    @Test func tellsOfARequestWithoutASection() {
        #expect(explain([CommonLogLineTests.line("\"-\" 400 0")]).description.contains("malformed"))
        #expect(
            explain([CommonLogLineTests.line("\"CONNECT a:443 HTTP/1.1\" 400 0")]).description.contains("no path")
        )
        #expect(explain([CommonLogLineTests.line("\"GET /\" 200 0")]).description.contains("HTTP/0.9"))
    }

    /// A log holds what strangers sent; none of it may steer the terminal.
    @Test func printsNoControlCharacters() {
        let evil = "\u{1B}[2J\u{7}\u{202E}\u{9B}2J\u{0}\u{D}x"
        for line in [evil, CommonLogLineTests.line("\"GET /\(evil) HTTP/1.1\" 200 \(evil)")] {
            let text = explain([line]).description
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
            #expect(!text.unicodeScalars.contains("\u{202E}"))
            #expect(text.contains("\\x1b[2J"))
        }
        let named = explain(["#Fields: date time sc-status x\(evil)", "2026-11-21 13:05:00 200 1"]).description
        #expect(named.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    @Test func cutsWhatIsLong() {
        let text = explain([CommonLogLineTests.line("\"GET /\(String(repeating: "a", count: 60_000))\" 200 1")])
        #expect(text.description.utf8.count < 2_000)
        #expect(text.description.contains("… (6000"))
        #expect(explain([String(repeating: "a", count: 70_000)]).failure?.problem.contains("70000 bytes") == true)
    }
}
