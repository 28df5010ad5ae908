import AccessLogs
import Console
import Testing
import Wire

struct WatchScreenTests {
    private static let start = Timestamp(milliseconds: 1_795_262_400_000)  // 2026-11-21T12:00:00Z

    /// Sixty seconds at 5 requests a second, then twenty at 25; one line that cannot be read.
    private func busyWatch(path: String = "/var/log/nginx/access.log") -> LogWatch {
        let settings = LogWatch.Settings(path: path, threshold: 10, window: .seconds(20))
        var watch = LogWatch(settings, cadence: .seconds(1), at: Self.start)
        for second in 0..<83 {
            let now = Timestamp(milliseconds: Self.start.milliseconds + Int64(second) * 1_000)
            let time = now.rfc3339.dropFirst(11).prefix(8)
            var text = second == 30 ? "rubbish\n" : ""
            for hit in 0..<(second < 60 ? 5 : 25) {
                text += "192.0.2.\(hit) - - [21/Nov/2026:\(time) +0000] \"GET /api/\(hit) HTTP/1.1\" 200 \(hit)000\n"
                if hit % 5 == 0 { text += "192.0.2.\(hit) - - [21/Nov/2026:\(time) +0000] \"GET / HTTP/1.1\" 500 9\n" }
            }
            let cursor = LogCursor(fileNumber: 1)
            watch.read(LogChunk(log: 0, fileNumber: 1, bytes: Array(text.utf8), cursors: [cursor]), at: now)
            _ = watch.endRead(LogReport(log: 0, condition: .following, isAtEnd: true, cursors: [cursor]), at: now)
            if second % 10 == 9 { _ = watch.report(at: now) }
        }
        return watch
    }

    private func draw(_ watch: LogWatch, rows: Int, columns: Int, utf8: Bool = true) -> [StyledLine] {
        WatchScreen(rows: rows, columns: columns, utf8: utf8)
            .lines(of: watch, at: Timestamp(milliseconds: Self.start.milliseconds + 83_000))
    }

    @Test func everythingHasItsPlace() throws {
        let lines = draw(busyWatch(), rows: 24, columns: 80)
        let text = lines.map(\.text)
        #expect(text[0].hasPrefix(" /var/log/nginx/access.log "))
        #expect(text[0].hasSuffix("  common  12:01:23Z "))
        #expect(text[1].contains(#/^ HIGH TRAFFIC: \d\d\.\d/s over 20 s \(alert above 10/s\), since 12:01:0\d/#))
        #expect(lines[1].pieces[0].style == .alarm)
        #expect(text[2].contains("50/s ┤"))
        #expect(text.contains { $0.contains("last 10 s") && $0.contains("since 12:00:00Z") })
        let hits = try #require(text.first { $0.hasPrefix(" hits") })
        #expect(hits.contains(#/^ hits +300  30\.0/s  25 clients +hits +960  12\.2/s  25 clients/#))
        #expect(text.contains { $0.contains(#/^ errors  16\.7 % /#) })
        #expect(text.contains { $0.contains(#/^ unread  0 +unread  1 unknown_format/#) })
        #expect(text.contains { $0.contains(#/^ /api +250 ▪+ +/api +\d+ ▪+/#) })
        // The day would not fit.
        let sentence = #/High traffic generated an alert - hits = 2.* triggered at 12:01:0\dZ$/#
        #expect(text.contains { $0.contains(sentence) })
        #expect(text[23].hasSuffix("q quits "))
    }

    @Test(arguments: [(24, 80), (50, 200), (30, 100), (16, 72), (12, 60), (8, 40), (5, 20), (3, 10), (1, 1)])
    func itFitsEverySize(rows: Int, columns: Int) {
        for path in ["/log", "/" + String(repeating: "long/", count: 50)] {
            let lines = draw(busyWatch(path: path), rows: rows, columns: columns)
            #expect(lines.count == rows)
            #expect(lines.allSatisfy { $0.width <= columns })
        }
    }

    @Test func withoutUTF8ItIsASCII() {
        let text = draw(busyWatch(path: "/väter.log"), rows: 40, columns: 120, utf8: false).map(\.text).joined()
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
        #expect(text.contains("####"))
    }

    @Test func beforeAnythingCame() {
        let settings = LogWatch.Settings(path: "/var/log/access.log")
        var watch = LogWatch(settings, cadence: .seconds(1), at: Self.start)
        var text = draw(watch, rows: 24, columns: 80).map(\.text)
        #expect(text[1] == " the alert is raised above 10/s over 2 min")
        #expect(text.contains(" what came is shown every 10 s"))
        #expect(text.contains(" no alert so far"))
        _ = watch.endRead(LogReport(log: 0, condition: .missing, isAtEnd: true, cursors: []), at: Self.start)
        text = draw(watch, rows: 24, columns: 80).map(\.text)
        #expect(text[1] == " missing: trying again twice a second")
        #expect(text[23].contains("/var/log/access.log does not exist"))
    }
}
