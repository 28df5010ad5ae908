import AccessLogs
import Foundation
import TestServers
import Testing

struct LineTimesTests {
    /// The times that the parser reads, and with `broken` those that it would not tell.
    private func compare(_ log: [UInt8], _ format: AccessLogFormat, cut: Int = 0) {
        var parser = AccessLogParser(format)
        var times = LineTimes(format)
        log.withUnsafeBytes { log in
            for (number, line) in Lines(in: log).enumerated() {
                if number > 0, number == cut {
                    // Another batch begins.
                    times = LineTimes(format, header: parser.header)
                }
                let time = times.time(of: line)
                switch parser.read(line) {
                case .request(let entry): #expect(time == entry.time, "line \(number + 1)")
                case .plain(let read): #expect(time == read, "line \(number + 1)")
                case .directive, .empty: #expect(time == nil, "line \(number + 1)")
                // Broken behind its time, perhaps.
                case .unread: break
                }
            }
        }
    }

    @Test(arguments: FixtureTests.names) func findsTheTimesThatTheParserReads(name: String) throws {
        let log = [UInt8](try Data(contentsOf: FixtureTests.folder.appending(path: "\(name).log")))
        for format in AccessLogFormat.allCases { compare(log, format) }
    }

    @Test func goesOnInMidFileWithTheHeader() throws {
        let lines = ["#Fields: x-n sc-status time date", "1 200 12:00:01 2026-11-20", "2 200 12:00:02 2026-11-20"]
        compare(Array(lines.joined(separator: "\n").utf8), .w3c, cut: 2)
        let short = [
            "#Date: 2026-11-20", "#Fields: time sc-status", "23:59:59 200", "00:00:01 200", "junk", "00:00:02 200",
        ]
        for format in [AccessLogFormat.w3c, .auto] {
            for cut in 2...5 { compare(Array(short.joined(separator: "\n").utf8), format, cut: cut) }
        }
    }

    @Test func findsTheTimeOfALineThatIsBrokenBehindIt() {
        var times = LineTimes(.combined)
        let line = #"192.0.2.1 - - [20/Nov/2026:10:00:01 +0000] "GET / HT"#
        #expect(Array(line.utf8).withUnsafeBytes { times.time(of: $0) } == 1_795_168_801_000)
        #expect(Array("no line".utf8).withUnsafeBytes { times.time(of: $0) } == nil)
    }
}
