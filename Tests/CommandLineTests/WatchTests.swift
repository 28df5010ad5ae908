import Foundation
import TestServers
import Testing

/// `metricsd watch` on a log that another `metricsd generate` writes: both in real time.
struct WatchTests {
    private let folder: TestFolder
    private var log: String { "\(folder.path)/access.log" }

    init() throws {
        folder = try TestFolder("watch")
    }

    private func generate(_ arguments: String...) throws -> Program {
        try Program(["generate", "--output", log] + arguments)
    }

    private func watch(
        _ arguments: String...,
        environment: [String: String] = [:],
        terminal: Terminal? = nil
    ) throws -> Program {
        try Program(["watch", log] + arguments, environment: environment, terminal: terminal)
    }

    private func alerts(_ text: String) -> [String] { text.lines.filter { $0.hasPrefix("High traffic") } }

    @Test func anAlertIsRaisedAndClearedOnceThroughRotations() throws {
        try folder.file("access.log", "")
        let program = try watch("--threshold", "50", "--window", "2s", "--every", "1s", "--idle-exit", "4s")
        // It has begun when it reports; what was written before would not be read.
        try program.wait("first report") { program.output.contains("0 hits in 1 s") }
        let generator = try generate(
            "--rates",
            "10",
            "200",
            "10",
            "--durations",
            "3",
            "3",
            "4",
            "--rotate",
            "rename",
            "--rotate-every",
            "1500ms"
        )
        #expect(try generator.outcome().status == 0)
        let outcome = try program.outcome()
        #expect(outcome.status == 0)
        let alerts = alerts(outcome.output)
        #expect(alerts.count == 2)
        let raised = #/^High traffic generated an alert - hits = (\d+) \(\d+\.\d/s\), triggered at 20\d\d-\d\d-\d\dT/#
        let hits = try #require(alerts.first?.firstMatch(of: raised)?.1)
        #expect(try #require(Int(hits)) > 100, "hits in the window of two seconds")
        #expect(alerts.last?.hasPrefix("High traffic recovered - hits = ") == true)
        // Every line once, though the log was rotated six times.
        #expect(outcome.output.contains("\(log): 670 lines, 670 hits, format combined\n"))
        #expect(!outcome.errors.contains("lost"))
    }

    @Test func aMissingLogIsWaitedFor() throws {
        let program = try watch("--every", "1s", "--idle-exit", "20s")
        try program.wait("notice") { program.errors.contains("\(log) does not exist; waiting for it to appear") }
        let generator = try generate("--rates", "50", "--durations", "30")
        try program.wait("hits") { program.output.contains(#/[1-9]\d* hits in 1 s/#) }
        #expect(program.errors.contains("\(log) can be read now; following it\n"))
        // Ctrl-C ends both behind a whole line and with the totals.
        program.signal(SIGINT)
        let outcome = try program.outcome(within: 5)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains(#/\nsince \d\d:\d\d:\d\dZ, .*: [1-9]\d* lines, /#))
        generator.signal(SIGINT)
        #expect(try generator.outcome(within: 5).status == 0)
        #expect(try String(contentsOfFile: log, encoding: .utf8).hasSuffix("\"\n"))
    }

    @Test func aDirectoryAndABinaryFileStopNothing() throws {
        try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
        let program = try watch("--every", "1s", "--idle-exit", "20s", "--from-start")
        try program.wait("notice") { program.errors.contains("\(log) is no file; name a log in it") }
        try FileManager.default.removeItem(atPath: log)
        try Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }).write(to: URL(fileURLWithPath: log))
        try program.wait("unread lines") { program.errors.contains("not one line could be read") }
        let outcome = try program.outcome(after: SIGTERM)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("  unread   "))
    }

    @Test func howALineIsRead() throws {
        let line = "192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] \"GET /api/user?id=1 HTTP/1.1\" 2x0 512"
        let outcome = try Program.run(["watch", "--explain", line])
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("line 1: not read: bad_status\n"))
        #expect(outcome.output.contains("“2x0” is no status"))
        #expect(outcome.output.hasSuffix("1 line: 0 requests read; 1 not read\n"))
        #expect(try generate("--fast", "--rates", "1", "--durations", "10", "--format", "w3c").outcome().status == 0)
        let file = try watch("--explain").outcome().output
        #expect(file.contains("line 4: read as a directive of a W3C Extended log\n  #Fields  date time c-ip "))
        #expect(file.contains("line 5: read as W3C Extended\n"))
        #expect(file.hasSuffix("14 lines: 10 requests read, as W3C Extended with 12 fields; 0 not read\n"))
    }

    @Test func theFullScreenIsDrawnInPlaceAndGoesAgain() throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let before = terminal.modes
        try folder.file("access.log", "")
        let program = try watch(
            "--threshold",
            "20",
            "--window",
            "1s",
            "--every",
            "1s",
            environment: ["TERM": "xterm-256color", "LANG": "C.UTF-8"],
            terminal: terminal
        )
        try program.wait("empty screen") { terminal.read().contains("q quits") }
        #expect(terminal.received.contains("\u{1b}[?1049h"), "the alternate screen")
        #expect(terminal.modes != before, "keys come one by one")
        let generator = try generate("--rates", "100", "--durations", "60")
        try program.wait("alert") { terminal.read().contains("HIGH TRAFFIC") }
        #expect(terminal.received.contains("\u{7}"), "the bell")
        #expect(terminal.received.contains("/api"))
        #expect(terminal.received.contains(#/[▁▂▃▄▅▆▇█]/#), "the chart")
        #expect(terminal.received.contains("\u{1b}[31m"), "in red")

        // A larger terminal is filled down to its last line.
        try terminal.resize(rows: 50, columns: 120)
        try program.wait("larger drawing") { terminal.read().contains(#/\u{1b}\[50(d|;\d+H)/#) }

        terminal.type("q")
        try program.wait("end") {
            terminal.read()
            return program.hasEnded
        }
        #expect(try program.outcome().status == 0)
        let received = terminal.read()
        let left = try #require(received.range(of: "\u{1b}[?1049l", options: .backwards))
        let after = received[left.upperBound...]
        #expect(after.contains("High traffic generated an alert - hits = "), "what happened stays in the shell")
        #expect(after.contains("lines, "))
        #expect(received.contains("\u{1b}[?25h") || received.contains("\u{1b}[?12l\u{1b}[?25h"), "the cursor is back")
        #expect(terminal.modes == before)
        generator.signal(SIGTERM)
    }

    @Test(arguments: [SIGTERM, SIGSEGV]) func theTerminalIsRestoredOnEveryWayOut(signal: Int32) throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        let before = terminal.modes
        try folder.file("access.log", "")
        // Without the trace of the crash, which takes seconds.
        let environment = ["TERM": "xterm", "NO_COLOR": "1", "SWIFT_BACKTRACE": "enable=no"]
        let program = try watch("--quiet", environment: environment, terminal: terminal)
        try program.wait("screen") { terminal.read().contains("q quits") }
        program.signal(signal)
        try program.wait("end") {
            terminal.read()
            return program.hasEnded
        }
        #expect(try program.outcome().status == (signal == SIGTERM ? 0 : 128 + SIGSEGV))
        #expect(terminal.read().contains("\u{1b}[?1049l"))
        #expect(terminal.modes == before)
        #expect(terminal.received.matches(of: #/\u{1b}\[3\dm/#).isEmpty, "NO_COLOR")
    }

    @Test func aTerminalThatCannotMoveItsCursorGetsLines() throws {
        let terminal = try Terminal(rows: 24, columns: 80)
        try folder.file("access.log", "")
        let program = try watch("--every", "1s", environment: ["TERM": "dumb"], terminal: terminal)
        try program.wait("block") { terminal.read().contains("0 hits in 1 s") }
        #expect(!terminal.received.contains("\u{1b}"))
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }
}

extension Program {
    fileprivate func outcome(after number: Int32) throws -> Outcome {
        signal(number)
        return try outcome(within: 5)
    }
}
