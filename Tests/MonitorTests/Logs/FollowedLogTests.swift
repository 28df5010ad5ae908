import Configuration
import Journal
import Testing
import Wire

@testable import Monitor

struct FollowedLogTests {
    private let settings = LogSettings(name: "access", path: "/var/log/nginx/access.log")

    private func quiet(_ condition: LogReport.Condition = .following) -> LogReport {
        LogReport(log: 0, condition: condition, isAtEnd: true, cursors: [])
    }

    @Test("A log that stands still is told of once, and again when its condition changes or the host was away")
    func whatIsNews() throws {
        let start = ContinuousClock.now
        var log = FollowedLog(number: 0, settings: settings, rules: [], stored: nil, now: start)
        let at = Timestamp(milliseconds: 1_795_197_600_000)
        #expect(log.finish(quiet(), at: at, after: .zero)?.report?.isAtEnd == true)
        #expect(log.finish(quiet(), at: at, after: .zero)?.log == nil)
        #expect(log.finish(quiet(.missing), at: at, after: .zero)?.report?.condition == .missing)
        #expect(log.finish(quiet(.missing), at: at, after: .zero)?.log == nil)
        log.restart(at: start + .seconds(60))
        #expect(log.finish(quiet(.missing), at: at, after: .zero)?.report?.condition == .missing)
        #expect(log.finish(quiet(.missing), at: at, after: .zero)?.log == nil)
    }

    @Test("Sizes that no file has add up to no crash")
    func impossibleSizes() {
        var log = FollowedLog(number: 0, settings: settings, rules: [], stored: nil, now: .now)
        let report = LogReport(
            log: 0,
            condition: .following,
            isAtEnd: true,
            cursors: (1...3).map { LogCursor(fileNumber: $0, knownSize: UInt64(Int64.max)) },
            losses: (1...3).map { _ in LogLoss(cause: .removed, file: "/l", bytes: UInt64(Int64.max)) }
        )
        guard let advance = log.finish(report, at: Timestamp(milliseconds: 0), after: .zero) else {
            Issue.record("losses are news")
            return
        }
        #expect(advance.bytesBehind == .max)
        var recorded = RecordedLog(settings, host: "web-1", stored: nil)
        _ = recorded.take(advance)
        _ = recorded.take(advance)
        #expect(recorded.status.lostBytes == .max)
    }
}
