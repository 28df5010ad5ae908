import AccessLogs
import Testing

/// One line of each format, as the documentation of its servers has it.
struct AccessLogParserTests {
    static let combined =
        #"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "#
        + #""http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#
    static let common = #"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#

    static let frank = ReadLine(
        time: 971_211_336_000,
        status: 200,
        bytes: 2326,
        client: "127.0.0.1",
        method: "GET",
        target: "/apache_pb.gif",
        section: "/apache_pb.gif",
        userAgent: "Mozilla/4.08 [en] (Win98; I ;Nav)"
    )

    @Test(arguments: [AccessLogFormat.combined, .auto]) func readsCombined(format: AccessLogFormat) {
        var parser = AccessLogParser(format)
        #expect(parser.read(Self.combined) == .request(Self.frank))
        #expect(parser.decided == "combined")
    }

    @Test(arguments: [AccessLogFormat.common, .auto]) func readsCommon(format: AccessLogFormat) {
        var parser = AccessLogParser(format)
        var line = Self.frank
        line.userAgent = ""
        #expect(parser.read(Self.common) == .request(line))
        #expect(parser.decided == "common")
    }

    @Test(arguments: [AccessLogFormat.w3c, .auto]) func readsW3C(format: AccessLogFormat) {
        var parser = AccessLogParser(format)
        let readings = parser.readAll(
            """
            #Version: 1.0
            #Date: 2015-01-13 00:32:17
            #Fields: date time s-ip cs-method cs-uri-stem c-ip cs(User-Agent) sc-status sc-bytes time-taken
            2015-01-13 00:32:17 100.79.192.81 GET /robots.txt 157.55.39.146 bingbot/2.0;++x - 1405 283

            """
        )
        let line = ReadLine(
            time: 1_421_109_137_000,
            status: 0,
            bytes: 1405,
            durationMicroseconds: 283_000,
            client: "157.55.39.146",
            method: "GET",
            target: "/robots.txt",
            section: "/robots.txt",
            userAgent: "bingbot/2.0;++x"
        )
        #expect(readings == [.directive, .directive, .directive, .request(line)])
        #expect(parser.decided == "W3C Extended with 10 fields")
    }

    @Test func saysNothingBeforeALineWasRead() {
        var parser = AccessLogParser(.auto)
        #expect(parser.decided == nil)
        #expect(parser.read("not an access log") == .unread(.unknownFormat))
        #expect(parser.decided == nil)
    }
}
