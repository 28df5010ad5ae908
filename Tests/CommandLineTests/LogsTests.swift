import Foundation
import Journal
import LogBatches
import TestServers
import Testing
import Wire

/// `metricsd logs` over batches as metricsd leaves them.
struct LogsTests {
    /// 2026-11-20T10:00:00Z
    private static let ten = Timestamp(milliseconds: 1_795_168_800_000)

    private func minute(_ number: Int64) -> Timestamp {
        Timestamp(milliseconds: Self.ten.milliseconds + number * 60_000)
    }

    private func line(_ milliseconds: Int64, _ text: String) -> String {
        "\(Timestamp(milliseconds: Self.ten.milliseconds + milliseconds).rfc3339) \(text)"
    }

    /// Two servers, two minutes; the second's clock is ten seconds ahead.
    private func twoServers() throws -> StoredLogs {
        let stored = try StoredLogs()
        var first = try stored.open("web-1", minute: minute(0), [line(1_000, "GET /a"), "  of the line before"])
        try stored.pack(&first)
        try stored.open("web-1", minute: minute(1), [line(61_000, "GET /c")])
        let second = [line(12_000, "POST /b"), line(59_000, "GET /checkout")]
        try stored.open("web-2", minute: minute(0), second, skew: 10_000)
        return stored
    }

    @Test func mergesAllServersByTheirTimes() throws {
        let stored = try twoServers()
        let result = try stored.logs()
        #expect(result.errors == "")
        #expect(result.status == 0)
        #expect(
            result.output.lines == [
                "web-1  " + line(1_000, "GET /a"), "web-1    of the line before", "web-2  " + line(12_000, "POST /b"),
                "web-2  " + line(59_000, "GET /checkout"), "web-1  " + line(61_000, "GET /c"),
            ]
        )
        let raw = try stored.logs("--format", "raw")
        #expect(raw.output.lines == result.output.lines.map { String($0.dropFirst(7)) })
    }

    @Test func choosesByServerTimeTextAndNumber() throws {
        let stored = try twoServers()
        func texts(_ arguments: String...) throws -> [String] {
            let result = try Program.run(["logs", "--format", "raw"] + arguments, in: stored.folder.path)
            #expect(result.status == 0, "\(result.errors)")
            return result.output.lines.map { $0.hasPrefix("2026") ? String($0.dropFirst(25)) : $0 }
        }
        #expect(try texts("--host", "web-2") == ["POST /b", "GET /checkout"])
        #expect(try texts("--host", "web-1", "--host", "*-2", "--log", "acc*").count == 5)
        #expect(try texts("--from", "2026-11-20 10:00:02", "--to", "2026-11-20T11:00:49+01:00") == ["POST /b"])
        #expect(try texts("--from", "2026-11-20 10:01") == ["GET /c"])
        #expect(try texts("--from", "2026-11-20", "--to", "2026-11-20 10:00:02") == ["GET /a", "  of the line before"])
        #expect(try texts("--grep", "GET", "--grep", "/c") == ["GET /checkout", "GET /c"])
        #expect(try texts("--grep", "get /C", "--ignore-case") == ["GET /checkout", "GET /c"])
        #expect(try texts("--tail", "2") == ["GET /checkout", "GET /c"])
        #expect(try texts("--tail", "1", "--grep", "/a") == ["GET /a"])
        #expect(try texts("--tail", "0") == [])
        #expect(try texts("--from", "-1m") == [])
    }

    @Test func jsonHasAnObjectForEachLine() throws {
        let stored = try StoredLogs()
        try stored.open("web-2", minute: minute(0), [line(1_000, "\"quoted\" \\ \u{1b}[31m ü")], skew: 500)
        let batch = try stored.open("web-1", minute: minute(0), [line(0, "not UTF-8: X")])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: stored.path(of: batch)))
        bytes[bytes.count - 2] = 0xFF
        try bytes.write(to: URL(fileURLWithPath: stored.path(of: batch)))
        let result = try stored.logs("--format", "json")
        let objects = try result.output.lines.map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
        }
        #expect(
            objects == [
                [
                    "time": "2026-11-20T10:00:00.000Z", "host": "web-1", "log": "access",
                    "line": line(0, "not UTF-8: \u{FFFD}"),
                ],
                [
                    "time": "2026-11-20T10:00:00.500Z", "host": "web-2", "log": "access",
                    "line": line(1_000, "\"quoted\" \\ \u{1b}[31m ü"),
                ],
            ]
        )
    }

    @Test func tellsLogsApartWhereAServerHasSeveral() throws {
        let stored = try StoredLogs(
            """
            <host name="web-1" address="127.0.0.1">
              <log name="access" path="/a"><store/></log><log name="app" path="/b" format="plain"><store/></log>
            </host>
            """
        )
        try stored.open("web-1", "access", minute: minute(0), ["a"])
        try stored.open("web-1", "app", minute: minute(0), ["b"])
        #expect(try stored.logs().output.lines == ["web-1  access  a", "web-1  app     b"])
        #expect(try stored.logs("--log", "app").output.lines == ["web-1  b"])
    }

    @Test func coloursServersOnATerminalAndSendsItNoControlCharacters() throws {
        let stored = try StoredLogs()
        try stored.open("web-1", minute: minute(0), ["bell \u{7}\tand \u{1b}[2J, ü"])
        try stored.open("web-2", minute: minute(0), ["b"])
        let terminal = try Terminal(rows: 24, columns: 200)
        let program = try stored.start(terminal: terminal)
        try program.wait(seconds: 30, "lines on the terminal") { terminal.read().contains("web-2") && program.hasEnded }
        terminal.read()
        #expect(terminal.received.contains("\u{1b}[36mweb-1\u{1b}[0m  bell \\x07\tand \\x1b[2J, ü\r\n"))
        #expect(terminal.received.contains("\u{1b}[33mweb-2\u{1b}[0m  b\r\n"))
    }

    @Test func followsWhatIsCommittedWhileBatchesAreMovedAndPacked() throws {
        let stored = try StoredLogs()
        var first = try stored.open("web-1", minute: minute(0), (0..<20).map { line($0, "old \($0)") })
        let program = try stored.start("--follow", "--format", "raw")
        func texts() -> [String] { program.output.lines.map { String($0.dropFirst(25)) } }
        try program.wait(seconds: 30, "the last lines") { texts().count == 10 }
        #expect(texts().first == "old 10")

        // What the journal does not say yet is not shown.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: stored.path(of: first)))
        try file.seekToEnd()
        try file.write(contentsOf: Data(line(30_000, "new 1\n").utf8))
        try file.close()
        var second = try stored.open("web-2", minute: minute(0), [line(20_000, "new 0")])
        try program.wait(seconds: 30, "the other server") { texts().last == "new 0" }
        first.byteCount += UInt64(line(30_000, "new 1\n").utf8.count)
        try stored.journal.save(first)
        try program.wait(seconds: 30, "the line that was committed") { texts().last == "new 1" }

        try stored.append(to: &first, [line(40_000, "new 2")])
        try stored.pack(&first)
        try program.wait(seconds: 30, "the last line of a batch that was packed") { texts().last == "new 2" }
        try stored.open("web-1", minute: minute(1), [line(60_000, "new 3")])
        try stored.pack(&second)
        try program.wait(seconds: 30, "the next batch") { texts().last == "new 3" }
        #expect(texts().count == 14)
        program.signal(SIGINT)
        #expect(try program.outcome().status == 128 + SIGINT)
        #expect(program.errors == "")
    }

    @Test func endsQuietlyWhenNobodyReadsOn() throws {
        let stored = try StoredLogs()
        try stored.open("web-1", minute: minute(0), (0..<20_000).map { line($0, "line \($0)") })
        let command = "'\(Program.path)' logs \"$0\" 2>&1 | head -1"
        for follows in ["--format=raw", "--follow"] {
            let output = try SSHServer.run("sh", ["-c", "cd '\(stored.folder.path)' && \(command)", follows])
            #expect(output.lines.count == 1, "\(output)")
        }
    }

    @Test func aBatchThatIsGoneIsToldAndTheOthersAreShown() throws {
        let stored = try twoServers()
        let batch = try stored.open("web-2", minute: minute(2), [line(121_000, "lost")])
        try FileManager.default.removeItem(atPath: stored.path(of: batch))
        let result = try stored.logs("--format", "raw")
        #expect(result.output.lines.count == 5)
        #expect(result.errors.contains("web-2: log access: "))
        #expect(result.errors.lines.count == 1)
        #expect(result.status == 66)
    }

    @Test func saysWhatIsMissing() throws {
        let site = try StoredLogs("<host name=\"web-1\" address=\"127.0.0.1\"/>")
        var result = try site.logs()
        #expect(result.status == 69)
        #expect(result.errors.contains("no lines are stored. Add <store/>"))

        let stored = try twoServers()
        result = try stored.logs("--host", "web-3")
        #expect(result.status == 64)
        #expect(result.errors == "metricsd: there is no host web-3. There are web-1, web-2.\n")
        result = try stored.logs("--log", "error")
        #expect(result.status == 64)
        #expect(result.errors == "metricsd: there is no stored log error. There is one log, access.\n")
        for wrong in [
            ["--from", "25:00"], ["--to", "yesterday"], ["--from", "2026-11-20 10:00:01", "--to", "2026-11-20 10:00"],
            ["--tail", "-1"],
            ["--follow", "--to", "10:00"], ["--ignore-case"], ["--grep", ""], ["--format", "xml"],
        ] {
            result = try Program.run(["logs"] + wrong, in: stored.folder.path)
            #expect(result.status == 64, "\(wrong)")
            #expect(result.output == "")
        }
        result = try stored.logs("--command", "uptime")
        #expect(result.status == 64)
        #expect(result.errors == "metricsd: there is no command uptime. The configuration has none.\n")

        try FileManager.default.removeItem(atPath: "\(stored.folder.path)/state")
        result = try stored.logs()
        #expect(result.status == 69)
        #expect(result.errors.contains("there is no journal"))
    }

    @Test func showsWhatCommandsPrinted() throws {
        let site = try Site(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <command name="greeting" run="printf 'hello\\nworld\\n'" interval="1s"/>
            </host>
            """
        )
        let program = try site.start("run")
        var result = try site.metricsd("logs", "--command", "greeting", "--format", "json")
        try program.wait(seconds: 60, "two runs in the database") {
            result = try site.metricsd("logs", "--command", "greeting", "--format", "json")
            return result.output.lines.count >= 4
        }
        let objects = try result.output.lines.map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
        }
        #expect(objects.prefix(4).map { $0["line"] } == ["hello", "world", "hello", "world"])
        #expect(objects.allSatisfy { $0["host"] == "web-1" && $0["command"] == "greeting" })
        let times = objects.compactMap { $0["time"] }
        #expect(times == times.sorted())
        #expect(times[0] == times[1] && times[1] < times[2])
        let last = try site.metricsd("logs", "--command", "greeting", "--tail", "1", "--host", "web-1")
        #expect(last.output.contains(#/^web-1  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  world\n$/#))
        let follower = try site.start("logs", "--command", "greeting", "--follow", "--format", "raw")
        try follower.wait(seconds: 30, "further runs") { follower.output.lines.count > 14 }
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
        result = try site.metricsd("logs", "--command", "greeting")
        #expect(result.status == 69)
        #expect(result.errors.contains("runs as long as `metricsd run` does"))
    }
}
