import AccessLogs
import TestServers
import Testing
import Wire

@Suite struct LogReaderModelTests {
    private let start: Int64 = 1_795_176_000

    private func line(at second: Int64, _ generator: inout SeededGenerator) -> LogLine {
        LogLine(
            second: second,
            client: "10.0.\(Int.random(in: 0..<3, using: &generator)).\(Int.random(in: 0..<200, using: &generator))",
            target: [
                "/api/user/7", "/", "/health/live", "/img/a.png", "/blog/\(Int.random(in: 0...9, using: &generator))",
            ]
            .randomElement(using: &generator) ?? "/",
            status: [200, 200, 304, 404, 500].randomElement(using: &generator) ?? 200,
            bytes: Int.random(in: 0..<5_000, using: &generator)
        )
    }

    private func reader() -> LogReader {
        LogReader(
            format: .combined,
            skips: [SkipRule(path: "/health*")],
            levelWindows: [.seconds(60)],
            counting: .windows
        )
    }

    @Test(
        "Whatever the pieces, the lateness and the restarts, every line is counted once in its window",
        arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64]
    )
    func oracle(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var reader = reader()
        var oracle = CountedLines()
        var told = CountedLines()
        var stored: [Timestamp: OpenWindow] = [:]
        var now = start
        var unread: UInt64 = 0
        var piece: [UInt8] = []
        for _ in 0..<6_000 {
            now += Int64.random(in: 0...1, using: &generator)
            // Mostly in order, some late, within the time that windows stay open, and a few of wild times.
            var second =
                now - (Int.random(in: 0..<4, using: &generator) == 0 ? .random(in: 0..<550, using: &generator) : 0)
            if Int.random(in: 0..<200, using: &generator) == 0 {
                second = Int64.random(in: 0..<4_000_000_000, using: &generator)
            }
            let line = line(at: second, &generator)
            oracle.count(line, isSkipped: line.target.hasPrefix("/health"))
            piece += Array(line.combined.utf8)
            if Int.random(in: 0..<50, using: &generator) == 0 {
                piece += Array("no line of a log\n\n".utf8)
                unread += 1
            }
            let arrival = Timestamp(milliseconds: now * 1_000)
            if Int.random(in: 0..<20, using: &generator) == 0 {
                piece.withUnsafeBytes { reader.read($0, file: 1, arrival: arrival) }
                piece = []
                if Bool.random(using: &generator) {
                    reader.endRead(at: arrival, isAtEnd: Bool.random(using: &generator))
                }
            }
            if Int.random(in: 0..<40, using: &generator) == 0 {
                let reading = reader.takeReading()
                told.add(reading.deltas)
                for window in reading.windows { stored[window.start] = window }
                if let first = reading.windowsForgottenBefore { stored = stored.filter { $0.key >= first } }
                #expect(stored.count <= 128)
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    let state = reader.encodeState()
                    reader = self.reader()
                    try reader.resume(from: state, windows: Array(stored.values))
                }
            }
        }
        piece.withUnsafeBytes { reader.read($0, file: 1, arrival: Timestamp(milliseconds: now * 1_000)) }
        let last = reader.takeReading()
        told.add(last.deltas)
        told.windows = told.windows.filter { $0.value != CountedLines.Window() }
        #expect(told == oracle)
        #expect(last.arrivals.unread.total == unread)
        #expect(last.arrivals.hits == oracle.windows.values.reduce(0) { $0 + $1.hits })
        for (window, clients) in oracle.clients where (start...now).contains(window) {
            #expect(told.toldClients[window] == UInt64(clients.count), "clients of \(window)")
        }
    }

    @Test("A line that is too late for its window still counts, and its client as a lower bound")
    func late() {
        var reader = reader()
        var told = CountedLines()
        func read(_ lines: [LogLine]) {
            let arrival = Timestamp(milliseconds: (start + 4_000) * 1_000)
            Array(lines.map(\.combined).joined().utf8).withUnsafeBytes { reader.read($0, file: 1, arrival: arrival) }
            told.add(reader.takeReading().deltas)
        }
        read((0..<50).map { LogLine(second: start, client: "10.0.0.\($0)") })
        // 611 s on, little by little.
        for second in stride(from: Int64(10), to: 640, by: 10) { read([LogLine(second: start + second)]) }
        read((0..<20).map { LogLine(second: start, client: "10.0.1.\($0)") })
        #expect(told.windows[start]?.hits == 70)
        #expect(told.toldClients[start] == 50)
    }

    @Test("A single line of the future or the past closes no window", arguments: [4_070_908_800, 0, 1_795_179_600])
    func wild(second: Int64) {
        var reader = reader()
        var told = CountedLines()
        for client in 0..<200 {
            let lines = [LogLine(second: start, client: "10.0.0.\(client)"), LogLine(second: second)]
            // As after an outage: the log is a day behind us.
            let arrival = Timestamp(milliseconds: (start + 86_400) * 1_000)
            Array(lines.map(\.combined).joined().utf8).withUnsafeBytes { reader.read($0, file: 1, arrival: arrival) }
            told.add(reader.takeReading().deltas)
        }
        #expect(told.toldClients[start] == 200)
    }

    @Test("Of more than 1,000 sections in a window those with most hits are named, exactly, also behind a restart")
    func manySections() throws {
        var generator = SeededGenerator(seed: 11)
        var reader = reader()
        var oracle = CountedLines()
        var told = CountedLines()
        var stored: [Timestamp: OpenWindow] = [:]
        for _ in 0..<12 {
            var lines: [LogLine] = []
            for _ in 0..<400 {
                // Often one of a few, else one of many.
                let number =
                    Bool.random(using: &generator)
                    ? Int.random(in: 0..<20, using: &generator) : Int.random(in: 0..<5_000, using: &generator)
                lines.append(LogLine(second: start, target: "/s\(number)/x"))
            }
            for line in lines { oracle.count(line, isSkipped: false) }
            let arrival = Timestamp(milliseconds: start * 1_000)
            Array(lines.map(\.combined).joined().utf8).withUnsafeBytes { reader.read($0, file: 1, arrival: arrival) }
            let reading = reader.takeReading()
            told.add(reading.deltas)
            for window in reading.windows { stored[window.start] = window }
            let state = reader.encodeState()
            reader = self.reader()
            try reader.resume(from: state, windows: Array(stored.values))
        }
        let named = try #require(told.windows[start]).sections
        let exact = try #require(oracle.windows[start]).sections
        #expect(exact.count > 1_500)
        #expect(named.count == 1_001)
        #expect(named.values.reduce(0, +) == 12 * 400)
        for (section, hits) in named where section != NamedCounts.otherName { #expect(exact[section] == hits) }
        for number in 0..<20 { #expect(named["/s\(number)"] != nil) }
    }

    @Test(
        "The state stays small, however much of the past is read at once, and however wild its times",
        arguments: [1, 7_919]
    )
    func stateIsBounded(step: Int64) {
        var reader = reader()
        let arrival = Timestamp(milliseconds: (start + 6_000) * 1_000)
        // Following it live before must not matter.
        reader.endRead(at: arrival, isAtEnd: true)
        let lines = (Int64(0)..<6_000).map { LogLine(second: start + $0 * step % 6_000, target: "/\($0)").combined }
        Array(lines.joined().utf8).withUnsafeBytes { reader.read($0, file: 1, arrival: arrival) }
        #expect(reader.encodeState().count < 4_096)
        #expect(reader.takeReading().deltas.reduce(0) { $0 + $1.hits } == 6_000)
    }

    @Test("State that is damaged is refused, and the reader is as it was")
    func damagedState() throws {
        var reader = reader()
        let text = LogLine(second: start).combined + "junk\n"
        Array(text.utf8).withUnsafeBytes { reader.read($0, file: 1, arrival: Timestamp(milliseconds: start * 1_000)) }
        for seconds in Int64(0)..<3 {
            reader.endRead(at: Timestamp(milliseconds: (start + seconds) * 1_000), isAtEnd: true)
        }
        let windows = reader.takeReading().windows
        let state = reader.encodeState()
        for length in 0..<state.count {
            var damaged = self.reader()
            #expect(throws: WireError.self) { try damaged.resume(from: Array(state[..<length]), windows: windows) }
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            var bytes = state
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8(truncatingIfNeeded: generator.next())
            var damaged = self.reader()
            try? damaged.resume(from: bytes, windows: windows)
            let arrival = Timestamp(milliseconds: start * 1_000)
            Array(text.utf8).withUnsafeBytes { damaged.read($0, file: 1, arrival: arrival) }
            damaged.endRead(at: arrival, isAtEnd: true)
            damaged.endRead(at: arrival, isAtEnd: true)
            _ = damaged.takeReading()
        }
        #expect(throws: WireError.self) {
            try reader.resume(from: state, windows: [OpenWindow(start: Timestamp(milliseconds: 0), state: [7])])
        }
        #expect(reader.takeReading().arrivals.hits == 1)
    }
}
