import AccessLogs
import TestServers
import Testing

/// Each traffic is 5, then 15, then 5 requests a second, so that the average over 2 minutes exceeds 10 a minute after each
/// change.
@Suite struct HighTrafficDialogueTests {
    /// 2026-11-20T12:00:00Z
    private let start: Int64 = 1_795_176_000

    private func expectRaisedAndRecovered(_ log: FollowedLog, around seconds: [Int64], within: Int64 = 2) {
        #expect(log.changes.map(\.kind) == [.raised, .recovered])
        for (actual, expected) in zip(log.changeSeconds(behind: start), seconds) {
            #expect(abs(actual - expected) <= within, "\(actual) instead of \(expected)")
        }
        #expect(log.counted == log.written)
    }

    @Test(
        "An alert comes and goes with the lines, whatever the log's clock or zone is off",
        arguments: [0, 3 * 3_600, -5 * 3_600, 20, -45, 12_600, 1_000_000]
    )
    func offset(seconds: Int64) {
        var log = FollowedLog(startingAt: start)
        log.serverOffset = seconds
        log.pass(300, hitsPerSecond: 5)
        log.pass(300, hitsPerSecond: 15)
        log.pass(300, hitsPerSecond: 5)
        // Less than a minute and a half is told by the lines' own time.
        let own = abs(seconds) < 60 ? seconds : 0
        expectRaisedAndRecovered(log, around: [360 + own, 659 + own], within: seconds == 1_000_000 ? 6 : 2)
    }

    @Test("The sentences are as promised")
    func sentences() {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 5)
        log.pass(300, hitsPerSecond: 15)
        log.pass(300, hitsPerSecond: 5)
        #expect(
            log.changes.map(\.text) == [
                "High traffic generated an alert - hits = 1210 (10.1/s), triggered at 2026-11-20T12:06:00Z",
                "High traffic recovered - hits = 1200 (10.0/s), recovered at 2026-11-20T12:10:59Z",
            ]
        )
    }

    @Test("A writer that flushes its buffer now and then does not make it flap", arguments: [2, 5, 7, 20])
    func buffered(flushSeconds: Int64) {
        var log = FollowedLog(startingAt: start)
        log.flushSeconds = flushSeconds
        log.readSeconds = 1
        log.pass(300, hitsPerSecond: 5)
        // Just above the threshold: the lines that are missing for a while would bring it below.
        log.pass(300, hitsPerSecond: 11)
        log.pass(300, hitsPerSecond: 5)
        #expect(log.changes.map(\.kind) == [.raised, .recovered])
        #expect(log.counted == log.written)
    }

    @Test("Single lines of wild times change nothing, and are counted")
    func oddLines() {
        var log = FollowedLog(startingAt: start)
        log.oddTimes = [0, 4_070_908_800, start - 7_200, start + 7_200]
        log.pass(300, hitsPerSecond: 5)
        log.pass(300, hitsPerSecond: 15)
        log.pass(300, hitsPerSecond: 5)
        expectRaisedAndRecovered(log, around: [360, 659])
    }

    @Test("Catching up after an outage raises nothing for the past and loses nothing")
    func outage() {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 5)
        log.isReachable = false
        log.pass(3_000, hitsPerSecond: 20)
        log.pass(600, hitsPerSecond: 5)
        log.isReachable = true
        log.pass(300, hitsPerSecond: 5)
        #expect(log.changes.isEmpty)
        #expect(log.counted == log.written)
    }

    @Test("What is high when an outage ends is raised then")
    func outageThatEndsHigh() {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 5)
        log.isReachable = false
        log.pass(3_600, hitsPerSecond: 20)
        log.isReachable = true
        log.pass(60, hitsPerSecond: 20)
        #expect(log.changes.map(\.kind) == [.raised])
        #expect(log.changeSeconds(behind: start)[0] >= 3_900)
    }

    @Test(
        "An alert that fired before an outage goes on behind it, or recovers once when it is over",
        arguments: [15, 5]
    )
    func firingBeforeOutage(hitsAfter: Int) {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 15)
        #expect(log.changes.map(\.kind) == [.raised])
        log.isReachable = false
        log.pass(1_800, hitsPerSecond: 2)
        log.pass(1_800, hitsPerSecond: hitsAfter)
        #expect(log.changes.count == 1)
        log.isReachable = true
        log.pass(300, hitsPerSecond: hitsAfter)
        #expect(log.changes.map(\.kind) == (hitsAfter == 15 ? [.raised] : [.raised, .recovered]))
        #expect(log.counted == log.written)
    }

    @Test("A restart in the middle neither raises nor recovers", arguments: [0, 3 * 3_600])
    func restart(serverOffset: Int64) throws {
        var log = FollowedLog(startingAt: start)
        log.serverOffset = serverOffset
        log.pass(300, hitsPerSecond: 5)
        for _ in 0..<20 {
            try log.restart()
            log.pass(7, hitsPerSecond: 9)
        }
        #expect(log.changes.isEmpty)
        log.pass(300, hitsPerSecond: 15)
        for _ in 0..<20 {
            try log.restart()
            log.pass(7, hitsPerSecond: 11)
        }
        #expect(log.changes.map(\.kind) == [.raised])
        log.pass(300, hitsPerSecond: 5)
        #expect(log.changes.map(\.kind) == [.raised, .recovered])
        #expect(log.counted == log.written)
    }

    @Test(
        "A log whose clock is set keeps its alert, and loses it when the traffic falls",
        arguments: [3_600, -3_600, 900, 40, -40, 100, -100]
    )
    func serverClock(seconds: Int64) {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 11)
        log.serverOffset = seconds
        log.pass(600, hitsPerSecond: 11)
        #expect(log.changes.map(\.kind) == [.raised])
        log.pass(300, hitsPerSecond: 5)
        // It stays above for 19 seconds more.
        expectRaisedAndRecovered(log, around: [109, 919], within: 3)
    }

    @Test(
        "Set back, a log's clock does not make its lines look like more",
        arguments: [3_600, -3_600, 40, -40, 15, -15, 0]
    )
    func serverClockBelow(seconds: Int64) {
        var log = FollowedLog(startingAt: start)
        for _ in 0..<4 {
            log.pass(300, hitsPerSecond: 8)
            log.serverOffset += seconds
        }
        log.pass(300, hitsPerSecond: 8)
        #expect(log.changes.isEmpty)
        #expect(log.counted == log.written)
    }

    @Test("Lines that begin to come later, and no longer do, do not look like more", arguments: [20, 50])
    func delivery(seconds: Int64) {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 8)
        log.deliverySeconds = seconds
        log.pass(400, hitsPerSecond: 8)
        log.deliverySeconds = 0
        log.pass(400, hitsPerSecond: 8)
        #expect(log.changes.isEmpty)
        #expect(log.counted == log.written)
    }

    @Test("Our own clock may be set", arguments: [3_600, -3_600, 40, -40, 86_400])
    func ourClock(seconds: Int64) {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 11)
        log.ourOffset = seconds
        log.pass(600, hitsPerSecond: 11)
        #expect(log.changes.map(\.kind) == [.raised])
        log.pass(300, hitsPerSecond: 5)
        #expect(log.changes.map(\.kind) == [.raised, .recovered])
        #expect(log.counted == log.written)
    }

    @Test(
        "Every change of random traffic is told at its second, and across restarts none that is not there",
        arguments: [(1, 0, 0), (2, 0, 3), (3, 3 * 3_600, 0), (4, -5 * 3_600, 5)] as [(UInt64, Int64, Int64)],
        [false, true]
    )
    func random(_ settings: (seed: UInt64, offset: Int64, flush: Int64), restarts: Bool) throws {
        var generator = SeededGenerator(seed: settings.seed)
        var log = FollowedLog(startingAt: start, threshold: 5, window: .seconds(30))
        log.serverOffset = settings.offset
        log.flushSeconds = settings.flush
        var hits: [Int] = []
        for segment in 0..<30 {
            let rate = segment < 3 ? 2 : Int.random(in: 0...10, using: &generator)
            let seconds = Int64.random(in: 10...60, using: &generator)
            log.pass(seconds, hitsPerSecond: rate)
            hits += [Int](repeating: rate, count: Int(seconds))
            if restarts, segment > 3, Bool.random(using: &generator) { try log.restart() }
        }
        log.pass(60, hitsPerSecond: 0)
        hits += [Int](repeating: 0, count: 60)

        let sums = hits.indices.map { hits[max(0, $0 - 29)...$0].reduce(0, +) }
        var expected: [Int64] = []
        for second in sums.indices where (sums[second] > 150) != (expected.count % 2 == 1) {
            expected.append(Int64(second))
        }
        #expect(expected.count > 4)
        if !restarts { #expect(log.changeSeconds(behind: start) == expected) }
        // A change that falls into a restart may be told some seconds later, by what is true then.
        for (change, second) in zip(log.changes, log.changeSeconds(behind: start)) {
            #expect(change.level.hits == UInt64(sums[Int(second)]))
        }
        #expect(!log.alert.isFiring)
        #expect(log.changes.count > 4)
        #expect(log.counted == log.written)
    }

    @Test("It recovers when no lines come any more")
    func silence() {
        var log = FollowedLog(startingAt: start)
        log.pass(300, hitsPerSecond: 15)
        log.pass(300, hitsPerSecond: 0)
        expectRaisedAndRecovered(log, around: [80, 339])
    }

    @Test("A log that is hardly written does not forget its clock", arguments: [0, 3 * 3_600])
    func sparse(serverOffset: Int64) {
        var log = FollowedLog(startingAt: start, threshold: 0.5, window: .seconds(60))
        log.serverOffset = serverOffset
        for _ in 0..<60 {
            log.pass(1, hitsPerSecond: 1)
            log.pass(39, hitsPerSecond: 0)
        }
        #expect(log.changes.isEmpty)
        log.pass(60, hitsPerSecond: 1)
        log.pass(120, hitsPerSecond: 0)
        expectRaisedAndRecovered(log, around: [2_430, 2_489], within: 3)
    }
}
