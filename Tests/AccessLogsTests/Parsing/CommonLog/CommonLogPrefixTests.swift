import AccessLogs
import Testing

/// What stands before the date.
struct CommonLogPrefixTests {
    private func read(_ prefix: String, _ format: AccessLogFormat = .auto) -> LineReading {
        var parser = AccessLogParser(format)
        return parser.read("\(prefix) [21/Nov/2026:13:05:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"UA\"")
    }

    @Test(arguments: [
        ("192.0.2.1 - -", "192.0.2.1"),
        ("host.example.org - -", "host.example.org"),
        ("2001:db8::1 - -", "2001:db8::1"),
        ("fe80::1%eth0 - -", "fe80::1%eth0"),
        ("[2001:db8::1]:4711 - -", "[2001:db8::1]:4711"),
        ("- - -", ""),
        ("unix: - -", "unix:"),
        // Users.
        ("192.0.2.1 - frank", "192.0.2.1"),
        ("192.0.2.1 - John Q. Public", "192.0.2.1"),
        ("192.0.2.1 - a  b ", "192.0.2.1"),
        ("192.0.2.1 ident frank", "192.0.2.1"),
        ("192.0.2.1 ident John Public", "192.0.2.1"),
        (#"192.0.2.1 - """#, "192.0.2.1"),
        (#"192.0.2.1 - "frank""#, "192.0.2.1"),
        (#"192.0.2.1 - fr\"ank"#, "192.0.2.1"),
        ("192.0.2.1 - [admin]", "192.0.2.1"),
        ("192.0.2.1 - DOMAIN\\frank", "192.0.2.1"),
        // Somebody who logs in as a date.
        ("192.0.2.1 - x [01/Jan/2000:00:00:00 +0000]", "192.0.2.1"),
        // A virtual host leads.
        ("www.example.org 192.0.2.1 - -", "192.0.2.1"),
        ("www.example.org:443 192.0.2.1 - frank", "192.0.2.1"),
        ("www.example.org:443 2001:db8::1 - -", "2001:db8::1"),
        ("[2001:db8::5]:80 2001:db8::1 - -", "2001:db8::1"),
        ("www.example.org 192.0.2.1 - John Public", "192.0.2.1"),
        ("www.example.org 192.0.2.1 ident frank", "192.0.2.1"),
        ("www.example.org client.example.net - -", "client.example.net"),
        // Forwarded lists.
        ("203.0.113.9, 10.0.0.1 - -", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1, 10.0.0.2 - frank", "203.0.113.9"),
        ("203.0.113.9,10.0.0.1 - -", "203.0.113.9"),
        ("2001:db8::1, 10.0.0.1 - John Public", "2001:db8::1"),
        ("203.0.113.9, 10.0.0.1 10.0.0.2 - -", "203.0.113.9"),
        ("10.0.0.2 203.0.113.9, 10.0.0.1 - -", "203.0.113.9"),
        ("10.0.0.2 - - -", "10.0.0.2"),
        (#""203.0.113.9, 10.0.0.1" - -"#, "203.0.113.9"),
        (#""203.0.113.9, 10.0.0.1" 10.0.0.2 - -"#, "203.0.113.9"),
        (#""-" 10.0.0.2 - -"#, "10.0.0.2"),
        (#"10.0.0.2 "203.0.113.9, 10.0.0.1" - -"#, "203.0.113.9"),
        (#"10.0.0.2 "-" - -"#, "10.0.0.2"),
    ])
    func findsTheClient(prefix: String, client: String) throws {
        for format in [AccessLogFormat.auto, .combined, .common] {
            let read = try #require(read(prefix, format).request)
            #expect(read.client == client)
            #expect(read.time == 1_795_266_300_000)
            #expect(read.status == 200)
        }
    }

    @Test(arguments: ["192.0.2.1", "192.0.2.1 -", "192.0.2.1,", "-"])
    func refusesALineWithoutAllThree(prefix: String) {
        #expect(read(prefix) == .unread(.tooFewFields))
    }

    @Test func refusesALineThatBeginsWithTheDate() {
        #expect(read("").reason != nil)
        var parser = AccessLogParser(.auto)
        #expect(parser.read(#"[21/Nov/2026:13:05:00 +0000] "GET / HTTP/1.1" 200 5"#).reason != nil)
    }
}
