import AccessLogs
import TestServers
import Testing
import Wire

@Suite struct LineSegmentTests {
    private static let start: Int64 = 1_795_176_000_000  // 2026-11-20T12:00:00Z
    private static let window: Int64 = 60_000

    private func segments(_ text: String, _ reader: inout LogReader, header: String = "") -> [LineSegment] {
        Array(text.utf8).withUnsafeBytes {
            reader.read($0, file: 1, header: Array(header.utf8), arrival: Timestamp(milliseconds: Self.start))
        }
        return reader.takeSegments()
    }

    private func reader(_ format: AccessLogFormat, skips: [SkipRule] = []) -> LogReader {
        LogReader(
            format: format,
            skips: skips,
            storeWindow: .milliseconds(Self.window),
            counting: .windows
        )
    }

    private func describe(_ segments: [LineSegment]) -> [String] {
        segments.map { segment in
            let minute = segment.windowStart.map { "\(($0.milliseconds - Self.start) / Self.window)" } ?? "-"
            return "\(minute): \(segment.lines)"
        }
    }

    @Test("Nothing is cut where nothing is stored")
    func off() {
        var reader = LogReader(format: .combined, counting: .windows)
        #expect(segments(LogLine(second: Self.start / 1_000).combined, &reader) == [])
    }

    @Test("Lines fall into windows of their own time, skipped ones too; empty ones go with the line before")
    func windows() {
        var reader = reader(.combined, skips: [SkipRule(path: "/health")])
        let second = Self.start / 1_000
        let text = [
            "\n", LogLine(second: second).combined, LogLine(second: second + 59).combined, "\n",
            LogLine(second: second + 60, target: "/health").combined, LogLine(second: second + 60).combined,
            "junk\n", "\n", "more junk\n", LogLine(second: second + 60).combined, LogLine(second: second).combined,
        ]
        let found = segments(text.joined(), &reader)
        #expect(describe(found) == ["0: 4", "1: 2", "-: 3", "1: 1", "0: 1"])
        #expect(found.first?.range.lowerBound == 0)
        #expect(reader.takeSegments() == [])
        #expect(segments("", &reader) == [])
        #expect(describe(segments("\n\n", &reader)) == ["-: 2"])
        #expect(describe(segments("junk", &reader)) == ["-: 1"])
    }

    @Test("A directive goes with the line behind it, at the end with the line before")
    func directives() {
        var reader = reader(.w3c)
        let fields = "#Fields: date time cs-method sc-status\n"
        let first = "2026-11-20 12:00:01 GET 200\n"
        let second = "2026-11-20 12:01:01 GET 200\n"
        let found = segments("#Version: 1.0\n" + fields + first + fields + "\n" + second + fields, &reader)
        #expect(describe(found) == ["0: 3", "1: 4"])
        #expect(describe(segments(first + fields + "junk\n" + fields, &reader)) == ["0: 1", "-: 3"])
        #expect(describe(segments(fields, &reader)) == ["-: 1"])
    }

    @Test("A time that cannot be believed counts as none")
    func future() {
        var reader = reader(.combined)
        reader.latestBelievableTime = Timestamp(milliseconds: Self.start + 90_000)
        let second = Self.start / 1_000
        let text = [0, 90, 91, 119, 61, 120].map { LogLine(second: second + $0).combined }.joined()
        #expect(describe(segments(text, &reader)) == ["0: 1", "1: 1", "-: 2", "1: 1", "-: 1"])
        #expect(reader.takeReading().arrivals.hits == 6)
    }

    @Test("A segment can be read by itself with its header, also where lines have only a time")
    func header() throws {
        var reader = reader(.w3c)
        let fields = "#Fields: time cs-method sc-status\n"
        let found = segments(
            "#Date: 2026-11-20 23:59:00\n" + fields + "23:59:58 GET 200\n00:00:01 GET 200\n00:01:07 GET 200\n",
            &reader
        )
        #expect(describe(found) == ["719: 3", "720: 1", "721: 1"])
        let last = try #require(found.last)
        #expect(String(decoding: last.header, as: UTF8.self) == fields + "#Date: 2026-11-21 00:01:00\n")
        #expect(
            String(decoding: reader.header(ofFile: 1), as: UTF8.self) == fields + "#Date: 2026-11-21 00:01:07\n"
        )
        #expect(reader.header(ofFile: 2) == [])
        var common = self.reader(.auto)
        #expect(segments(LogLine(second: 0).combined, &common).map(\.header) == [[]])
        #expect(common.header(ofFile: 1) == [])
    }

    @Test("Plain lines come, but are no requests; they end a silence and survive a restart")
    func plain() throws {
        var reader = reader(.plain)
        let found = segments("2026-11-20T12:00:01Z a\n  at b\n2026-11-20T12:01:01Z c\n\n", &reader)
        #expect(describe(found) == ["0: 1", "-: 1", "1: 2"])
        let reading = reader.takeReading()
        #expect(reading.deltas.isEmpty)
        #expect(reading.plainLines == 3)
        #expect(reading.arrivals.plain == 3)
        #expect(reading.arrivals.lastHit == Timestamp(milliseconds: Self.start))
        #expect(reading.arrivals.unread.total == 0)
        var resumed = self.reader(.plain)
        try resumed.resume(from: reader.encodeState(), windows: [])
        #expect(resumed.takeReading().plainLines == 0)
        _ = segments("x\n", &resumed)
        let later = resumed.takeReading()
        #expect((later.plainLines, later.arrivals.plain) == (1, 4))
    }

    // MARK: Against an oracle

    private struct Written {
        var text: String
        /// Of the window; nil for lines without a time.
        var window: Int64?
        var isDirective = false
        var isEmpty = false
    }

    private static let latest: Int64 = start + 40 * window

    /// A random line of a log of the format.
    private func line(_ format: AccessLogFormat, _ random: inout SeededGenerator, _ now: Int64) -> Written {
        let time = Timestamp(milliseconds: now)
        let window = now <= Self.latest ? now - now % Self.window : nil
        let calendar = CalendarTime(time)
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(calendar.year)-\(two(calendar.month))-\(two(calendar.day))"
        let clock = "\(two(calendar.hour)):\(two(calendar.minute)):\(two(calendar.second))"
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return Written(text: ["\n", "  \n", "\r\n"].randomElement(using: &random) ?? "\n", isEmpty: true)
        case 1: return Written(text: "no line of this log\n")
        case 2 where format == .w3c:
            return Written(text: "#Fields: date time cs-uri-stem sc-status\n", isDirective: true)
        default: break
        }
        switch format {
        case .w3c: return Written(text: "\(date) \(clock) /health 200\n", window: window)
        case .plain: return Written(text: "\(date)T\(clock)Z text\n", window: window)
        default:
            let target = Bool.random(using: &random) ? "/health" : "/"
            return Written(text: LogLine(second: now / 1_000, target: target).combined, window: window)
        }
    }

    /// What the lines become, line by line: the window of each, then runs of them.
    private func expected(_ lines: [Written]) -> [LineSegment] {
        var windows: [Int64??] = lines.map { $0.isDirective || $0.isEmpty ? .none : .some($0.window) }
        for index in lines.indices where lines[index].isEmpty && index > 0 && !lines[index - 1].isDirective {
            windows[index] = windows[index - 1]
        }
        // Empty ones behind a directive are with it; so is one at the very beginning.
        for index in lines.indices where windows[index] == nil {
            windows[index] = windows[index...].compactMap { $0 }.first ?? windows[..<index].compactMap { $0 }.last
        }
        var segments: [LineSegment] = []
        var position = 0
        for (line, window) in zip(lines, windows) {
            let end = position + line.text.utf8.count
            let start = (window ?? nil).map(Timestamp.init(milliseconds:))
            if let last = segments.last, last.windowStart == start {
                segments[segments.count - 1].range = last.range.lowerBound..<end
                segments[segments.count - 1].lines += 1
            } else {
                segments.append(LineSegment(windowStart: start, range: position..<end, lines: 1))
            }
            position = end
        }
        return segments
    }

    @Test(
        "Whatever the lines, they are cut as line by line",
        arguments: [AccessLogFormat.combined, .auto, .w3c, .plain]
    )
    func oracle(format: AccessLogFormat) {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            var reader = reader(format, skips: seed % 2 == 0 ? [SkipRule(path: "/health")] : [])
            reader.latestBelievableTime = Timestamp(milliseconds: Self.latest)
            let fields = "#Fields: date time cs-uri-stem sc-status\n"
            if format == .w3c { _ = segments("", &reader, header: fields) }
            var now = Self.start
            let spread = [1_000, 20_000, 90_000][Int(seed % 3)]
            for _ in 0..<10 {
                let lines = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    now += Int64.random(in: 0...Int64(spread), using: &random)
                    let lateness = Int64.random(in: 0..<8, using: &random) == 0 ? Self.window : 0
                    return line(format, &random, (now - lateness) / 1_000 * 1_000)
                }
                var text = lines.map(\.text).joined()
                if Bool.random(using: &random), lines.last?.isEmpty == false { text.removeLast() }
                let found = segments(text, &reader).map {
                    LineSegment(windowStart: $0.windowStart, range: $0.range, lines: $0.lines)
                }
                var wanted = expected(lines)
                if let last = wanted.last {
                    wanted[wanted.count - 1].range = last.range.lowerBound..<text.utf8.count
                }
                #expect(found == wanted, "seed \(seed)")
                if found != wanted { return }
            }
        }
    }
}
