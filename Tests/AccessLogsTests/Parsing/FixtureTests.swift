import AccessLogs
import Foundation
import Testing
import Wire

/// Every `Fixtures/NAME.log` beside `NAME.expected`: what a whole file comes to, read by `auto`, counted by hand. To add
/// a case, add both files.
struct FixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".log") }.map { String($0.dropLast(4)) }.sorted()
    }()

    @Test func thereAreFixtures() {
        #expect(Self.names.count >= 15)
    }

    @Test(arguments: names)
    func comesToWhatIsKnown(name: String) throws {
        let log = try Data(contentsOf: Self.folder.appending(path: "\(name).log"))
        let expected = try String(contentsOf: Self.folder.appending(path: "\(name).expected"), encoding: .utf8)
        #expect(Self.totals(of: Array(log)) == expected)
    }

    private static func totals(of log: [UInt8]) -> String {
        var parser = AccessLogParser(.auto)
        var (lines, requests, directives, empty) = (0, 0, 0, 0)
        var (bytes, microseconds): (UInt64, UInt64) = (0, 0)
        var times: [Int64] = []
        var counts: [String: [String: Int]] = [:]
        log.withUnsafeBytes { log in
            for line in Lines(in: log) {
                lines += 1
                switch parser.read(Array(line)) {
                case .directive: directives += 1
                case .empty: empty += 1
                case .plain: Issue.record("auto never takes a log for plain text")
                case .unread(let reason): counts["unread", default: [:]][reason.rawValue, default: 0] += 1
                case .request(let request):
                    requests += 1
                    bytes += request.bytes
                    microseconds += request.durationMicroseconds ?? 0
                    times.append(request.time)
                    counts["status", default: [:]]["\(request.status)", default: 0] += 1
                    let section = request.section.isEmpty ? "(none)" : request.section
                    counts["section", default: [:]][section, default: 0] += 1
                    let client = request.client.isEmpty ? "(none)" : request.client
                    counts["client", default: [:]][client, default: 0] += 1
                }
            }
        }
        func rows(_ what: String) -> [String] {
            (counts[what] ?? [:]).sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
                .map { "\(what) \($0.key) \($0.value)" }
        }
        var text = ["lines \(lines)", "requests \(requests)", "directives \(directives)", "empty \(empty)"]
        text += rows("unread") + ["bytes \(bytes)"] + rows("status") + rows("section") + rows("client")
        if microseconds > 0 { text.append("microseconds \(microseconds)") }
        if let first = times.min(), let last = times.max() {
            text += [
                "first \(Timestamp(milliseconds: first).rfc3339)", "last \(Timestamp(milliseconds: last).rfc3339)",
            ]
        }
        return (text + ["decided \(parser.decided ?? "-")"]).joined(separator: "\n") + "\n"
    }
}
