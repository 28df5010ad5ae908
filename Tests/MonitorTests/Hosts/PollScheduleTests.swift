import TestServers
import Testing

@testable import Monitor

struct PollScheduleTests {
    private let start = ContinuousClock.now

    @Test func turnsKeepTheirPhase() {
        var schedule = PollSchedule(interval: .seconds(10), first: start)
        #expect(schedule.isDue(at: start))
        schedule.begin(at: start + .seconds(1))
        #expect(schedule.due == start + .seconds(10))
        #expect(!schedule.isDue(at: start + .seconds(9)))
        #expect(schedule.worstLateness == .seconds(1))
        #expect(schedule.skipped == 0)
    }

    @Test func aLatePollIsSkippedAndCountedNeverQueued() {
        var schedule = PollSchedule(interval: .seconds(10), first: start)
        schedule.begin(at: start)
        // The poll took 33 s: the turns at 10 and 20 are gone, the one at 30 is taken late, the next is at 40.
        schedule.begin(at: start + .seconds(33))
        #expect(schedule.skipped == 2)
        #expect(schedule.due == start + .seconds(40))
        #expect(schedule.worstLateness == .seconds(3))
    }

    @Test func anOutageIsNoSkippedTurn() {
        var schedule = PollSchedule(interval: .seconds(10), first: start)
        schedule.begin(at: start)
        schedule.restart(at: start + .seconds(95))
        schedule.begin(at: start + .seconds(95))
        #expect(schedule.skipped == 0)
        #expect(schedule.due == start + .seconds(105))
    }
}

struct BackoffTests {
    @Test func growsToItsLimitAndStartsAgain() {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff(first: .seconds(1), limit: .seconds(300))
        var delays: [Duration] = []
        for _ in 0..<20 { delays.append(backoff.next(using: &generator)) }
        for (index, delay) in delays.enumerated() {
            let full = min(Duration.seconds(1 << min(index, 20)), .seconds(300))
            #expect(delay >= full * 0.5 && delay <= full)
        }
        #expect(Set(delays.suffix(10)).count > 1, "no jitter")
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .seconds(1))
    }
}
