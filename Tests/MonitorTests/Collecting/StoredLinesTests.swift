import Configuration
import Foundation
import TestServers
import Testing

@testable import Monitor

/// From lines that are appended on a real host to batch files, and what becomes of them when there is no room, no host or
/// no `<store>` any more.
@Suite(.serialized)
struct StoredLinesTests {
    private func fleet(store: String = "<store/>", services: String = "") throws -> Fleet {
        try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning">\(store)</log>
            </host>
            """,
            services: services
        )
    }

    private func log(of fleet: Fleet) throws -> NumberedLog { try NumberedLog("\(fleet.folder.path)/access.log") }

    private func batches(of fleet: Fleet) -> String { "\(fleet.folder.path)/state/logs/web-1/access" }

    /// The numbers of the lines in all batch files.
    private func storedNumbers(of fleet: Fleet) throws -> [Int] {
        let folder = batches(of: fleet)
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".log") }.sorted()
            .flatMap { name in
                try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n").map { line in
                    line.split(separator: " ").first { $0.hasPrefix("/n") }.flatMap { Int($0.dropFirst(2)) } ?? -1
                }
            }
    }

    private static let hits = "SELECT COALESCE(SUM(hits), 0) FROM traffic"
    private static let lines = "SELECT COALESCE(SUM(line_count), 0) FROM log_batches"

    @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
    func linesWaitOnTheirHostWhileTheDiskIsFull() throws {
        let fleet = try fleet(store: "<store window=\"10s\" name=\"{yyMMddHHmmss}.log\"/>")
        let log = try log(of: fleet)
        log.append(20_000)
        let place = "\(fleet.folder.path)/state/logs"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        // MS_REMOUNT of mount(2) is 32, MNT_DETACH of umount2(2) is 2.
        try #require(mount("none", place, "tmpfs", 0, "size=1m") == 0)
        defer {
            fleet.stop()
            umount2(place, 2)
        }
        try fleet.start()
        try fleet.wait("word of the full disk") {
            !fleet.log.lines(with: "is not read on", "No space left on device", "wait on the host").isEmpty
        }
        // What did not find room is not counted either: both are the same lines.
        let counted = try fleet.rows(Self.hits) { !$0.isEmpty }
        #expect(Int(counted.first ?? "") ?? .max < 20_000)
        try #require(mount("none", place, "tmpfs", 32, "size=64m") == 0)
        try fleet.rows(Self.hits) { $0 == ["20000"] }
        #expect(try storedNumbers(of: fleet).sorted() == Array(0..<20_000))
        #expect(!fleet.log.lines(with: "is read on").isEmpty)
        #expect(try fleet.rows("SELECT type FROM alerts WHERE type IN ('log_loss', 'batch_altered')") == [])
    }

    @Test func pullingStopsAtTheBudgetAndGoesOnWhenItIsRaised() throws {
        let fleet = try fleet(services: "<alert type=\"log_silent\" for=\"3s\"/>")
        let log = try log(of: fleet)
        log.append(20_000)
        try fleet.start(adjusting: { $0.maxDisk = 1_000_000 })
        let alert = "SELECT severity, resolved_at IS NULL FROM alerts WHERE type = 'disk_budget'"
        try fleet.rows(alert) { $0 == ["critical\t1"] }
        try fleet.wait("word of it") { !fleet.log.lines(with: "is not read on", "max-disk").isEmpty }
        let stored = try #require(Int(try fleet.rows(Self.hits)[0]))
        #expect(stored < 20_000)
        // A silence that is our own doing says so.
        log.append(10)
        try fleet.rows("SELECT reason FROM alerts WHERE type = 'log_silent'") { rows in
            rows.contains { $0.contains("max-disk") }
        }
        fleet.stop()
        try fleet.start(adjusting: { $0.maxDisk = nil })
        try fleet.rows(Self.hits) { $0 == ["20010"] }
        try fleet.rows(alert) { $0 == ["critical\t0"] }
        #expect(try storedNumbers(of: fleet).sorted() == Array(0..<20_010))
    }

    @Test func batchesAreClosedInTimeWhileTheirHostIsAway() throws {
        let fleet = try fleet(store: "<store window=\"10s\" close-after=\"1s\" name=\"{yyMMddHHmmss}.log\"/>")
        let log = try log(of: fleet)
        log.append(5)
        try fleet.start()
        try fleet.rows(Self.lines) { $0 == ["5"] }
        fleet.sshd.stop()
        for connection in fleet.sshd.connectionProcesses() { kill(connection, SIGKILL) }
        try fleet.rows(
            "SELECT state, line_count, closed_at >= window_start + INTERVAL 11 SECOND FROM log_batches ORDER BY batch_id",
            until: { rows in rows.allSatisfy { $0.hasPrefix("closed\t") && $0.hasSuffix("\t1") } }
        )
        #expect(try storedNumbers(of: fleet) == Array(0..<5))
    }

    @Test func linesOfAClosedWindowOpenAFurtherPart() throws {
        let fleet = try fleet(store: "<store window=\"10s\" close-after=\"1s\" name=\"{yyMMddHHmmss}.log\"/>")
        let log = try log(of: fleet)
        let old = "192.0.2.1 - - [20/Nov/2026:10:00:05 +0000] \"GET /old HTTP/1.1\" 200 1 \"-\" \"-\"\n"
        log.append(old)
        try fleet.start()
        let rows = "SELECT part, line_count, path, state FROM log_batches WHERE YEAR(window_start) = 2026 ORDER BY part"
        try fleet.rows(rows) { $0 == ["1\t1\tlogs/web-1/access/261120100000.log\tclosed"] }
        let first = "\(batches(of: fleet))/261120100000.log"
        let content = try Data(contentsOf: URL(fileURLWithPath: first))
        log.append(old + old)
        try fleet.rows(rows) {
            $0 == [
                "1\t1\tlogs/web-1/access/261120100000.log\tclosed",
                "2\t2\tlogs/web-1/access/261120100000-2.log\tclosed",
            ]
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: first)) == content)
    }

    @Test func aLogThatIsNoLongerStoredHasItsBatchClosed() throws {
        let fleet = try fleet()
        let log = try log(of: fleet)
        log.append(5)
        try fleet.start()
        try fleet.rows(Self.lines) { $0 == ["5"] }
        fleet.stop()
        log.append(3)
        try fleet.start(replacing: ["<store/>": ""])
        try fleet.rows("SELECT DISTINCT state FROM log_batches") { $0 == ["closed"] }
        try fleet.rows(Self.hits) { $0 == ["8"] }
        #expect(try storedNumbers(of: fleet) == Array(0..<5))
    }
}
