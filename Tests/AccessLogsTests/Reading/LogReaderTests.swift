import AccessLogs
import Testing
import Wire

@Suite struct LogReaderTests {
    private let start: Int64 = 1_795_176_000

    private func moment(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: (start + seconds) * 1_000) }

    private func read(
        _ text: String,
        into reader: inout LogReader,
        file: UInt32 = 1,
        header: String = "",
        at seconds: Int64 = 0
    ) {
        Array(text.utf8).withUnsafeBytes {
            reader.read($0, file: file, header: Array(header.utf8), arrival: moment(seconds))
        }
    }

    @Test("It says what was decided about a log, once, and again when another file is another")
    func decision() throws {
        var reader = LogReader(format: .auto, counting: .windows)
        read(LogLine(second: start).combined, into: &reader)
        #expect(reader.takeReading().decisions == ["combined"])
        read(LogLine(second: start).combined, into: &reader, file: 2)
        #expect(reader.takeReading().decisions == [])
        let state = reader.encodeState()
        reader = LogReader(format: .auto, counting: .windows)
        try reader.resume(from: state, windows: [])
        read(LogLine(second: start).combined, into: &reader, file: 3)
        #expect(reader.takeReading().decisions == [])
        read("192.0.2.1 - - [20/Nov/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n", into: &reader, file: 4)
        #expect(reader.takeReading().decisions == ["common"])
    }

    @Test("Each file has its own fields, which a restart keeps")
    func fields() throws {
        var reader = LogReader(format: .w3c, counting: .windows)
        let header = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
        read("2026-11-20 12:00:01 192.0.2.1 GET /a 200\n", into: &reader, header: header)
        read("#Fields: date time sc-status c-ip cs-method cs-uri-stem\n", into: &reader, file: 2)
        let state = reader.encodeState()
        reader = LogReader(format: .w3c, counting: .windows)
        try reader.resume(from: state, windows: [])
        read("2026-11-20 12:00:02 192.0.2.2 GET /b 200\n", into: &reader)
        read("2026-11-20 12:00:03 503 192.0.2.3 GET /c\n", into: &reader, file: 2)
        let reading = reader.takeReading()
        #expect(reading.deltas.map(\.hits) == [2])
        #expect(reading.deltas.map(\.statuses.serverErrors) == [1])
        #expect(reading.arrivals.hits == 3)
        #expect(reading.arrivals.unread.total == 0)
    }

    @Test("A file that was truncated under its writer goes on with the fields that it had")
    func truncatedWithoutAHeader() {
        for format in [AccessLogFormat.w3c, .auto] {
            var reader = LogReader(format: format, counting: .windows)
            read("#Date: 2026-11-20\n#Fields: time c-ip cs-method cs-uri-stem sc-status\n", into: &reader)
            read("12:00:01 192.0.2.1 GET /a 200\n", into: &reader)
            read("12:00:02 192.0.2.1 GET /b 200\n", into: &reader, file: 2)
            read("#Fields: time sc-status c-ip cs-method cs-uri-stem\n", into: &reader, file: 3)
            read("12:00:03 503 192.0.2.1 GET /c\n", into: &reader, file: 3)
            let reading = reader.takeReading()
            #expect(reading.arrivals.unread.total == 0)
            #expect(reading.deltas.map(\.hits) == [3])
            #expect(reading.deltas.map(\.statuses.serverErrors) == [1])
        }
    }

    @Test("Fields hold in mid-file although the configured format was changed")
    func fieldsOfAChangedFormat() throws {
        var reader = LogReader(format: .auto, counting: .windows)
        read("#Fields: date time c-ip cs-method cs-uri-stem sc-status\n", into: &reader)
        let state = reader.encodeState()
        reader = LogReader(format: .w3c, counting: .windows)
        try reader.resume(from: state, windows: [])
        read("2026-11-20 12:00:01 192.0.2.1 GET /a 200\n", into: &reader)
        #expect(reader.takeReading().arrivals.hits == 1)
    }

    @Test("Fields of files that are gone are forgotten")
    func forgotten() {
        var reader = LogReader(format: .w3c, counting: .windows)
        read("#Fields: date time c-ip cs-method cs-uri-stem sc-status\n", into: &reader)
        reader.keepFiles(of: [])
        read("2026-11-20 12:00:01 192.0.2.1 GET /a 200\n", into: &reader)
        #expect(reader.takeReading().arrivals.unread.byReason.map(\.reason) == [.noFields])
    }

    @Test("What a configured format says anew is read anew after a change of the configuration")
    func changedFormat() throws {
        var reader = LogReader(format: .auto, counting: .windows)
        read(LogLine(second: start).combined, into: &reader)
        _ = reader.takeReading()
        let state = reader.encodeState()
        reader = LogReader(format: .common, levelWindows: [.seconds(3_600)], counting: .windows)
        try reader.resume(from: state, windows: [])
        read("192.0.2.1 - - [20/Nov/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n", into: &reader)
        #expect(reader.takeReading().arrivals.hits == 2)
    }

    @Test("It tells when lines came, and what kind of lines, for a log that falls silent")
    func arrivals() {
        var reader = LogReader(format: .combined, skips: [SkipRule(agent: "probe")], counting: .windows)
        #expect(reader.takeReading().arrivals.last == nil)
        read(LogLine(second: start).combined, into: &reader, at: 1)
        read(LogLine(second: start, agent: "probe").combined, into: &reader, at: 2)
        read(LogLine(second: start, agent: "probe").combined, into: &reader, at: 3)
        read("garbage\n\n#Remark: x\n", into: &reader, at: 4)
        let arrivals = reader.takeReading().arrivals
        #expect(arrivals.last == moment(4))
        #expect(arrivals.lastHit == moment(1))
        #expect(arrivals.skippedSinceHit == 2)
        #expect(arrivals.unreadSinceHit == 2)
        #expect((arrivals.hits, arrivals.skipped) == (1, 2))
        read(LogLine(second: start).combined, into: &reader, at: 5)
        let later = reader.takeReading().arrivals
        #expect(later.lastHit == moment(5))
        #expect(later.skippedSinceHit == 0)
        #expect(later.unreadSinceHit == 0)
    }

    @Test("Unread lines are counted by reason in the window they came in, and the first few are kept, fit to print")
    func unread() throws {
        var reader = LogReader(format: .combined, counting: .windows)
        let long = "\u{1b}[2J" + String(repeating: "x", count: 5_000)
        read("\(long)\n" + String(repeating: "junk\n", count: 20), into: &reader, at: 25)
        Array("".utf8).withUnsafeBytes { reader.read($0, file: 1, longLines: 3, arrival: moment(31)) }
        let reading = reader.takeReading()
        #expect(reading.deltas.map(\.windowStart) == [moment(20), moment(30)])
        #expect(reading.deltas.map(\.unread) == [21, 3])
        let unread = reading.arrivals.unread
        #expect(unread.total == 24)
        #expect(unread.byReason.contains { $0 == (.tooLong, 3) })
        #expect(unread.samples.count == UnreadLines.sampleLimit)
        let sample = try #require(unread.samples.first).line
        #expect(sample.hasPrefix("\\x1b[2Jxxx"))
        #expect(sample.utf8.count <= 203)
        // Hours later others are of interest.
        read("later\n", into: &reader, at: 4_000)
        #expect(reader.takeReading().arrivals.unread.samples.map(\.line) == ["later"])
    }

    @Test("A line without its end, an empty piece and CRLF are no trouble")
    func lineEnds() {
        var reader = LogReader(format: .combined, counting: .totals)
        read("", into: &reader)
        let line = LogLine(second: start).combined
        read(line.dropLast() + "\r\n" + line.dropLast(), into: &reader)
        #expect(reader.takeTotals().hits == 2)
    }
}
