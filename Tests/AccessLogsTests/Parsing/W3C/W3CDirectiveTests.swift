import AccessLogs
import Testing

struct W3CDirectiveTests {
    @Test func readsDirectivesInMidFileAndFieldsThatChange() {
        var parser = AccessLogParser(.auto)
        let readings = parser.readAll(
            """
            #Fields: date time cs-uri-stem sc-status
            2026-11-21 13:05:00 /a 200
            #Software: Microsoft Internet Information Services 10.0
            #Version: 1.0
            #Date: 2026-11-21 13:06:00
            #Fields: sc-status date time cs-uri-stem sc-bytes
            404 2026-11-21 13:06:00 /b 17
            2026-11-21 13:05:00 /a 200
            #Remark: the line above is as it was
            500 2026-11-21 13:06:01 /c 18
            #Fields: date time cs-uri-stem sc-status
            2026-11-21 13:07:00 /d 201
            """
        )
        #expect(readings.compactMap { $0.request?.status } == [200, 404, 500, 201])
        #expect(readings.compactMap { $0.request?.section } == ["/a", "/b", "/c", "/d"])
        #expect(readings.compactMap { $0.request?.bytes } == [0, 17, 18, 0])
        #expect(readings.compactMap(\.reason) == [.tooFewFields])
        #expect(readings.filter { $0 == .directive }.count == 7)
    }

    @Test func passesOverFieldsThatNoServerWrites() {
        // They are kept with each batch that their lines are in.
        var parser = AccessLogParser(.auto)
        let name = String(repeating: "x", count: 9_000)
        let readings = parser.readAll(
            "#Fields: date time cs-uri-stem\n#Fields: date time \(name)\n2026-11-21 13:05:00 /a"
        )
        #expect(readings.compactMap { $0.request?.section } == ["/a"])
    }

    @Test func needsFieldsFirst() {
        var parser = AccessLogParser(.w3c)
        #expect(parser.read("2026-11-21 13:05:00 /a 200") == .unread(.noFields))
        #expect(parser.read("#Version: 1.0") == .directive)
        #expect(parser.read("2026-11-21 13:05:00 /a 200") == .unread(.noFields))
        #expect(parser.read("#Fields: date time cs-uri-stem sc-status") == .directive)
        #expect(parser.read("2026-11-21 13:05:00 /a 200").request?.status == 200)
    }

    /// Fields of something else than requests, such as the Windows firewall's.
    @Test(arguments: ["date time action protocol src-ip dst-ip", "cs-method cs-uri-stem date", ""])
    func refusesFieldsThatTellOfNoRequest(fields: String) {
        for format in [AccessLogFormat.w3c, .auto] {
            var parser = AccessLogParser(format)
            _ = parser.read("#Fields: \(fields)")
            #expect(parser.read("2026-11-21 13:05:00 ALLOW TCP 192.0.2.1 192.0.2.2") == .unread(.noFields))
            #expect(parser.decided == (format == .auto ? nil : "w3c"))
        }
    }

    @Test(arguments: [
        "#fields: date time sc-status", "#FIELDS:date\ttime\tsc-status", "#Fields:  date  time sc-status  ",
    ])
    func isNotParticularAboutCaseAndBlanks(directive: String) {
        var parser = AccessLogParser(.auto)
        #expect(parser.read(directive) == .directive)
        #expect(parser.read("2026-11-21 13:05:00 200").request?.status == 200)
    }
}
