import AccessLogs
import Testing

/// What stands between the quotes and behind them.
struct CommonLogLineTests {
    /// A line with the request, status and bytes given, read by `auto`.
    static func line(_ rest: String) -> String {
        "192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] \(rest)"
    }

    private func read(_ rest: String, _ format: AccessLogFormat = .auto) -> LineReading {
        var parser = AccessLogParser(format)
        return parser.read(Self.line(rest))
    }

    struct Request: CustomTestStringConvertible, Sendable {
        let logged: String
        var method = ""
        var target = ""
        var section = ""

        var testDescription: String { logged }
    }

    @Test(arguments: [
        Request(logged: "GET /api/user?id=1 HTTP/1.1", method: "GET", target: "/api/user?id=1", section: "/api"),
        Request(logged: "GET / HTTP/2.0", method: "GET", target: "/", section: "/"),
        Request(logged: "GET /x HTTP/2", method: "GET", target: "/x", section: "/x"),
        Request(logged: "GET /x HTTP/3.0", method: "GET", target: "/x", section: "/x"),
        Request(logged: "GET /old", method: "GET", target: "/old", section: "/old"),
        Request(logged: "GET http://host/a/b HTTP/1.1", method: "GET", target: "http://host/a/b", section: "/a"),
        Request(logged: "OPTIONS * HTTP/1.1", method: "OPTIONS", target: "*", section: "*"),
        Request(logged: "PRI * HTTP/2.0", method: "PRI", target: "*", section: "*"),
        Request(logged: "CONNECT example.com:443 HTTP/1.1", method: "CONNECT", target: "example.com:443"),
        Request(logged: "CONNECT [2001:db8::1]:443 HTTP/1.1", method: "CONNECT", target: "[2001:db8::1]:443"),
        Request(logged: "GET /a file HTTP/1.1", method: "GET", target: "/a file", section: "/a file"),
        Request(logged: "GET  /x  HTTP/1.1", method: "GET", target: "/x", section: "/x"),
        Request(logged: "DESCRIBE rtsp://host/a RTSP/1.0", method: "DESCRIBE", target: "rtsp://host/a", section: "/a"),
        Request(
            logged: "VERSION-CONTROL /x HTTP/1.1",
            method: "VERSION-CONTROL",
            target: "/x",
            section: "/x"
        ),
        // Escapes stay as they were logged.
        Request(logged: #"GET /\"a\"/b HTTP/1.1"#, method: "GET", target: #"/\"a\"/b"#, section: #"/\"a\""#),
        Request(logged: #"GET /a\\ HTTP/1.1"#, method: "GET", target: #"/a\\"#, section: #"/a\\"#),
        Request(logged: #"GET /\x22a\x5C HTTP/1.1"#, method: "GET", target: #"/\x22a\x5C"#, section: #"/\x22a\x5C"#),
        // Malformed.
        Request(logged: "-"),
        Request(logged: ""),
        Request(logged: " "),
        Request(logged: #"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"#),
        Request(logged: "\u{16}\u{3}\u{1}"),
        Request(logged: #"\"\" \"\""#),
        Request(logged: "quit"),
        Request(logged: "GET "),
        Request(logged: "GET  "),
        Request(logged: " GET / HTTP/1.1"),
        Request(logged: "GET HTTP/1.1"),
        Request(logged: "GET index.html HTTP/1.1"),
        Request(logged: "GET /a b c"),
        Request(logged: "OPTIONS sip:nm SIP/2.0"),
        Request(logged: "t3 12.1.2"),
        Request(logged: "GET example.com:443 HTTP/1.1"),
        Request(logged: "CONNECT example.com HTTP/1.1"),
        Request(logged: "{\"a\":1} / HTTP/1.1".replacing("\"", with: "\\\"")),
        Request(logged: String(repeating: "A", count: 33) + " / HTTP/1.1"),
    ])
    func readsTheRequest(request: Request) throws {
        let read = try #require(read("\"\(request.logged)\" 400 0").request)
        #expect(read.method == request.method)
        #expect(read.target == request.target)
        #expect(read.section == request.section)
        #expect(read.status == 400)
    }

    @Test func takesAHyphenForNoBytesAndNoStatus() throws {
        let read = try #require(read(#""GET / HTTP/1.1" - -"#).request)
        #expect(read.bytes == 0)
        #expect(read.status == 0)
    }

    @Test(arguments: [
        (#""GET / HTTP/1.1" abc 12"#, UnreadReason.badStatus),
        (#""GET / HTTP/1.1" 2000 12"#, .badStatus),
        (#""GET / HTTP/1.1" -200 12"#, .badStatus),
        (#""GET / HTTP/1.1" 200 12x"#, .badBytes),
        (#""GET / HTTP/1.1" 200 -1"#, .badBytes),
        (#""GET / HTTP/1.1" 200 18446744073709551616"#, .badBytes),
        (#""GET / HTTP/1.1" 200 "-""#, .badBytes),
        (#""GET / HTTP/1.1" 200"#, .tooFewFields),
        (#""GET / HTTP/1.1" 200 "#, .tooFewFields),
        (#""GET / HTTP/1.1""#, .tooFewFields),
        (#""GET / HTTP/1.1 200 12"#, .unclosedQuote),
        (#""GET / HTTP/1.1\" 200 12"#, .unclosedQuote),
        (#""GET / HTTP/1.1\\\" 200 12"#, .unclosedQuote),
        (#""GET / HTTP/1.1" 200 12 "http://exam"#, .unclosedQuote),
        (#""GET / HTTP/1.1" 200 12 "-" "Mozilla"#, .unclosedQuote),
        (#""GET / HTTP/1.1" 200 12 "-" "Mozilla\""#, .unclosedQuote),
    ])
    func saysWhyALineIsNotRead(rest: String, reason: UnreadReason) {
        #expect(read(rest) == .unread(reason))
        #expect(read(rest, .combined) == .unread(reason))
    }

    @Test func takesTheLargestNumberOfBytes() throws {
        let read = try #require(read(#""GET / HTTP/1.1" 200 18446744073709551615"#).request)
        #expect(read.bytes == .max)
    }

    @Test(arguments: [
        #"12 "-" "UA" "203.0.113.9""#, #"12 "-" "UA" 0.004 0.003 ."#, #"12 "-" "UA" rt=0.1 "a \" b" unclosed ""#,
        #"12 "-" "UA"  "#, #"12 "http://h/?q=\"x\"" "UA" 7"#,
    ])
    func readsCombinedWithFurtherFields(rest: String) throws {
        for format in [AccessLogFormat.auto, .combined] {
            let read = try #require(read("\"GET / HTTP/1.1\" 200 \(rest)", format).request)
            #expect(read.userAgent == "UA")
            #expect(read.bytes == 12)
            // Nothing says that a number at the end is a duration, or in which unit.
            #expect(read.durationMicroseconds == nil)
        }
    }

    @Test func keepsTheUserAgentAsLogged() throws {
        let read = try #require(read(#""GET / HTTP/1.1" 200 1 "-" "a \"b\" \\ \x0A [c]""#).request)
        #expect(read.userAgent == #"a \"b\" \\ \x0A [c]"#)
    }

    @Test func readsCommonWithFurtherFields() throws {
        #expect(read(#""GET / HTTP/1.1" 200 12 345"#).request?.userAgent == "")
        #expect(read(#""GET / HTTP/1.1" 200 12 "-""#).request?.userAgent == "")
        #expect(read(#""GET / HTTP/1.1" 200 12 "-" "UA""#, .common).request?.userAgent == "")
        // Even what does not end: `common` looks at nothing behind the bytes.
        #expect(read(#""GET / HTTP/1.1" 200 12 "-"#, .common).request != nil)
    }

    @Test(arguments: [#"12"#, #"12 345"#, #"12 "-""#, #"12 "-" 5"#])
    func combinedNeedsReferrerAndUserAgent(rest: String) {
        #expect(read("\"GET / HTTP/1.1\" 200 \(rest)", .combined) == .unread(.tooFewFields))
    }

    @Test func takesAHyphenForNoUserAgent() {
        #expect(read(#""GET / HTTP/1.1" 200 12 "-" "-""#).request?.userAgent == "")
        #expect(read(#""GET / HTTP/1.1" 200 12 "" """#).request?.userAgent == "")
    }

    @Test func passesOverASecondSpace() {
        #expect(read(#""GET / HTTP/1.1"  200  12  "-"  "UA""#).request?.userAgent == "UA")
    }
}
