import AccessLogs
import Console
import Foundation
import TestServers
import Testing
import Wire

/// A watch that reads a simulated log twice a second, without waiting for any of it.
private struct Rehearsal {
    static let start = Timestamp(milliseconds: 1_795_262_400_000)  // 2026-11-21T12:00:00Z
    private static let cursor = LogCursor(fileNumber: 1)

    var watch: LogWatch
    var now = Rehearsal.start
    private(set) var events: [LogWatch.Event] = []

    init(threshold: Double = 10, window: Duration, every: Duration = .seconds(10), format: AccessLogFormat = .auto) {
        let settings = LogWatch.Settings(
            path: "/var/log/access.log",
            format: format,
            threshold: threshold,
            window: window,
            every: every
        )
        watch = LogWatch(settings, cadence: .milliseconds(500), at: now)
    }

    var sentences: [String] {
        events.compactMap { if case .alert(let change) = $0 { change.text } else { nil } }
    }

    var notices: [String] {
        events.compactMap { if case .notice(let text) = $0 { text } else { nil } }
    }

    mutating func read(_ lines: [String], condition: LogReport.Condition = .following, losses: [LogLoss] = []) {
        if !lines.isEmpty {
            let bytes = lines.flatMap { Array("\($0)\n".utf8) }
            watch.read(LogChunk(log: 0, fileNumber: 1, bytes: bytes, cursors: [Self.cursor]), at: now)
        }
        let report = LogReport(
            log: 0,
            condition: condition,
            isAtEnd: true,
            cursors: [Self.cursor],
            losses: losses
        )
        events += watch.endRead(report, at: now)
        now.milliseconds += 500
    }

    /// Lines come as they arrive, the newest within half a second.
    mutating func play(_ phases: [TrafficPhase], seed: UInt64, shiftedBy hours: Int64 = 0) throws {
        let folder = try TestFolder("rehearsal")
        let path = "\(folder.path)/log"
        var start = now
        start.milliseconds += hours * 3_600_000
        let plan = TrafficGenerator.Plan(phases: phases, format: .common, seed: seed, start: start, output: path)
        var generator = try TrafficGenerator(plan)
        try generator.run(clock: NoClock(), isLive: false)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        var rest = zip(TrafficTimeline(phases, seed: seed), lines).map { ($0 / 1_000_000, $1) }[...]
        let begin = now.milliseconds
        let length = phases.reduce(Duration.zero) { $0 + $1.duration }
        while now.milliseconds < begin + length.components.seconds * 1_000 + 5_000 {
            let due = rest.prefix { $0.0 <= now.milliseconds - begin }
            rest = rest.dropFirst(due.count)
            read(due.map(\.1))
        }
    }
}

private struct NoClock: TrafficClock {
    var elapsed: Duration { .zero }
    var isStopped: Bool { false }
    func wait(until elapsed: Duration) {}
}

struct LogWatchTests {
    private static func phases(_ rates: Double..., seconds: Int = 60) -> [TrafficPhase] {
        rates.map { TrafficPhase(rate: $0, duration: .seconds(seconds)) }
    }

    @Test(arguments: 1...5) func highTrafficIsRaisedOnceAndClearedOnce(seed: UInt64) throws {
        var rehearsal = Rehearsal(window: .seconds(20))
        try rehearsal.play(Self.phases(5, 20, 4), seed: seed)
        #expect(rehearsal.sentences.count == 2)
        let raised =
            #/High traffic generated an alert - hits = 2[0-2]\d \(1[01]\.\d+/s\), triggered at 2026-11-21T12:01:[01]\dZ/#
        let recovered =
            #/High traffic recovered - hits = (200|1[89]\d) \((10\.0|9\.\d+)/s\), recovered at 2026-11-21T12:02:[01]\dZ/#
        #expect(rehearsal.sentences.first?.contains(raised) == true)
        #expect(rehearsal.sentences.last?.contains(recovered) == true)
        #expect(rehearsal.watch.alert.raised == nil)
    }

    /// The issue of a clock or zone that is off: what counts is when lines come.
    @Test(arguments: [-11, 5]) func aLogInAnotherZoneIsWatchedAlike(hours: Int64) throws {
        var rehearsal = Rehearsal(window: .seconds(20))
        try rehearsal.play(Self.phases(5, 20, 4, seconds: 90), seed: 1, shiftedBy: hours)
        #expect(rehearsal.sentences.count == 2)
    }

    @Test func usualTrafficRaisesNothing() throws {
        var rehearsal = Rehearsal(window: .seconds(120))
        try rehearsal.play(Self.phases(5, 8, 3), seed: 3)
        #expect(rehearsal.sentences == [])
        #expect(abs((rehearsal.watch.level?.average ?? 0) - 5.5) < 1)
    }

    @Test func anIntervalHasWhatCameInIt() throws {
        var rehearsal = Rehearsal(window: .seconds(20))
        try rehearsal.play(Self.phases(5, seconds: 20), seed: 1)
        #expect(rehearsal.watch.report(at: rehearsal.now) == [])
        #expect(rehearsal.watch.last?.totals.hits == 100)
        try rehearsal.play(Self.phases(3, seconds: 20), seed: 2)
        #expect(rehearsal.watch.report(at: rehearsal.now) == [])
        #expect(rehearsal.watch.last?.totals.hits == 60)
        #expect(rehearsal.watch.all?.totals.hits == 160)
        #expect(rehearsal.watch.all?.seconds == 50)
    }

    @Test func theChartKnowsEverySecond() throws {
        var rehearsal = Rehearsal(window: .seconds(20))
        try rehearsal.play(Self.phases(5, 0, 10, seconds: 30), seed: 1)
        let tens = rehearsal.watch.history.rates(width: 10, count: 100)
        let sums = [tens.suffix(9).prefix(3), tens.suffix(6).prefix(3), tens.suffix(3)].map { $0.reduce(0, +) / 3 }
        #expect(sums == [5, 0, 10])
    }

    @Test func aLogThatCannotBeReadIsToldOnceAndAgainWhenItCan() {
        var rehearsal = Rehearsal(window: .seconds(20))
        for condition in [LogReport.Condition.missing, .missing, .denied, .notAFile, .following, .following] {
            rehearsal.read([], condition: condition)
        }
        #expect(rehearsal.notices.count == 4)
        #expect(rehearsal.notices[0].contains("does not exist; waiting for it to appear"))
        #expect(rehearsal.notices[1].contains("permission denied; run it as a user who may read the log"))
        #expect(rehearsal.notices[2].contains("name a log in it"))
        #expect(rehearsal.notices[3] == "/var/log/access.log can be read now; following it")
    }

    @Test func aLossIsTold() {
        var rehearsal = Rehearsal(window: .seconds(20))
        rehearsal.read([], losses: [LogLoss(cause: .truncated, file: "/var/log/access.log", bytes: 1_500)])
        #expect(rehearsal.notices[0].hasPrefix("1,500 bytes of /var/log/access.log lost: it was truncated before"))
    }

    @Test func linesOfAnotherKindAreToldOnceUntilSomeAreRead() {
        var rehearsal = Rehearsal(window: .seconds(20))
        let line = "192.0.2.1 - - [21/Nov/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5"
        var told: [Int] = []
        for lines in [["rubbish", "rubbish"], ["rubbish"], [line, "rubbish"], ["rubbish"], []] {
            rehearsal.read(lines)
            told.append(rehearsal.watch.report(at: rehearsal.now).count)
        }
        #expect(told == [1, 0, 0, 1, 0])
        #expect(
            rehearsal.watch.notices.contains {
                $0.text.contains("not one line could be read (2 lines, unknown_format)")
            }
        )
        #expect(rehearsal.notices == ["the format of /var/log/access.log is common"])
    }
}
