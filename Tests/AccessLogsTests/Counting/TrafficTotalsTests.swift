import AccessLogs
import TestServers
import Testing
import Wire

@Suite struct TrafficTotalsTests {
    private let start: Int64 = 1_795_176_000

    private func totals(_ text: String, format: AccessLogFormat = .auto, skips: [SkipRule] = []) -> TrafficTotals {
        var reader = LogReader(format: format, skips: skips, counting: .totals)
        Array(text.utf8).withUnsafeBytes {
            reader.read($0, file: 1, arrival: Timestamp(milliseconds: start * 1_000))
        }
        return reader.takeTotals()
    }

    @Test("Totals are those of the lines")
    func lines() {
        let text = [
            LogLine(second: start, client: "192.0.2.1", target: "/api/a", bytes: 100),
            LogLine(second: start, client: "192.0.2.2", target: "/api/b?x=/c", status: 404, bytes: 50),
            LogLine(second: start + 90, client: "192.0.2.1", target: "/", status: 503, bytes: 7),
            LogLine(second: start, client: "192.0.2.9", target: "/health", status: 200, bytes: 1),
        ].map(\.combined).joined()
        let totals = totals(text + "\nunknown\n", skips: [SkipRule(path: "/health")])
        #expect(totals.lines == 5)
        #expect((totals.hits, totals.skipped, totals.unread.total) == (3, 1, 1))
        #expect(totals.bytes == 157)
        #expect(totals.clients.count == 2)
        #expect(totals.sections.top().map(\.name) == ["/api", "/"])
        #expect(totals.sections.top().map(\.count) == [2, 1])
        #expect(totals.methods.top().map(\.name) == ["GET"])
        #expect(totals.statuses.all.map(\.status) == [200, 404, 503])
        #expect(totals.statuses.classes.clientErrors == 1)
        #expect(abs(totals.clientErrorShare - 1.0 / 3) < 1e-12)
        #expect(abs(totals.serverErrorShare - 1.0 / 3) < 1e-12)
        #expect(totals.largest.requests.map(\.target) == ["/api/a", "/api/b?x=/c", "/"])
        #expect(totals.slowest.requests.isEmpty)
    }

    @Test("The slowest requests are told where the format has the time taken, and the largest")
    func notable() {
        var text = "#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes time-taken\n"
        var generator = SeededGenerator(seed: 2)
        var oracle: [(target: String, bytes: Int, seconds: Int)] = []
        for number in 0..<500 {
            let bytes = Int.random(in: 0..<1_000_000, using: &generator)
            let seconds = Int.random(in: 0..<1_000_000, using: &generator)
            oracle.append(("/\(number)", bytes, seconds))
            text += "2026-11-20 12:00:00 192.0.2.1 GET /\(number) 200 \(bytes) \(seconds)\n"
        }
        let totals = totals(text)
        #expect(totals.largest.requests.map(\.target) == oracle.sorted { $0.bytes > $1.bytes }.prefix(5).map(\.target))
        #expect(
            totals.slowest.requests.map(\.target) == oracle.sorted { $0.seconds > $1.seconds }.prefix(5).map(\.target)
        )
        #expect(totals.slowest.requests.first?.method == "GET")
    }

    @Test("Totals of pieces come to the totals of the whole")
    func merge() {
        var generator = SeededGenerator(seed: 4)
        let lines = (0..<3_000).map { _ in
            LogLine(
                second: start,
                client:
                    "192.0.\(Int.random(in: 0..<90, using: &generator)).\(Int.random(in: 0..<200, using: &generator))",
                target: "/\(Int.random(in: 0..<300, using: &generator))/x",
                status: Int.random(in: 100..<600, using: &generator),
                bytes: Int.random(in: 0..<9_999, using: &generator)
            ).combined
        }
        let whole = totals(lines.joined())
        var merged = TrafficTotals()
        for first in stride(from: 0, to: lines.count, by: 700) {
            merged.merge(totals(lines[first..<min(first + 700, lines.count)].joined() + "x\n"))
        }
        #expect(merged.hits == whole.hits)
        #expect(merged.bytes == whole.bytes)
        #expect(merged.clients == whole.clients)
        #expect(merged.statuses == whole.statuses)
        #expect(merged.sections.top().map(\.name) == whole.sections.top().map(\.name))
        #expect(merged.largest == whole.largest)
        #expect(merged.unread.total == 5)
    }
}
