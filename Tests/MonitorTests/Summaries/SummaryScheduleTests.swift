import TestServers
import Testing
import Wire

@testable import Monitor

/// Which time each summary tells of, as a dialogue with a clock.
struct SummaryScheduleTests {
    /// 2026-11-20 00:00 UTC and so many minutes.
    private func time(_ minutes: Double) -> Timestamp {
        Timestamp(milliseconds: 1_795_132_800_000 + Int64(minutes * 60_000))
    }

    private let schedule = SummarySchedule(at: .seconds(900))

    @Test func theFirstSummaryTellsOfWhatCameSinceTheFirstStart() {
        #expect(schedule.action(now: time(620), sentThrough: nil) == .begin(at: time(620)))
        #expect(schedule.action(now: time(620), sentThrough: time(620)) == .wait(until: time(675.25)))
        #expect(schedule.action(now: time(676), sentThrough: time(620)) == .make(from: time(620), to: time(675)))
        #expect(schedule.action(now: time(676), sentThrough: time(675)) == .wait(until: time(735.25)))
    }

    @Test func aPeriodIsToldOfOnceItsFilesAreInTheJournal() {
        #expect(schedule.action(now: time(675.1), sentThrough: time(615)) == .wait(until: time(675.25)))
        #expect(schedule.action(now: time(675.25), sentThrough: time(615)) == .make(from: time(615), to: time(675)))
        #expect(schedule.action(now: time(675.25), sentThrough: time(675)) == .wait(until: time(735.25)))
    }

    @Test func aGapIsOneSummary() {
        #expect(schedule.action(now: time(2_000), sentThrough: time(615)) == .make(from: time(615), to: time(1_995)))
    }

    @Test func anotherMinuteLeavesNothingOut() {
        let half = SummarySchedule(at: .seconds(1_800))
        #expect(half.action(now: time(620), sentThrough: time(615)) == .wait(until: time(630.25)))
        #expect(half.action(now: time(640), sentThrough: time(615)) == .make(from: time(615), to: time(630)))
        let whole = SummarySchedule(at: .zero)
        #expect(whole.action(now: time(661), sentThrough: time(615)) == .make(from: time(615), to: time(660)))
    }

    @Test func aClockThatWasFarAheadDoesNotSilenceItForYears() {
        let future = time(60 * 24 * 3_650)
        #expect(schedule.action(now: time(620), sentThrough: future) == .beginAnew(at: time(675)))
        // An hour or less is waited for.
        #expect(schedule.action(now: time(620), sentThrough: time(675)) == .wait(until: time(735.25)))
    }

    /// Whatever starts, stops, and clocks do: what is told of is one time behind the other.
    @Test(arguments: 0..<20)
    func periodsFollowEachOther(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let schedule = SummarySchedule(at: .seconds(Int.random(in: 0..<3_600, using: &generator)))
        var now = time(Double.random(in: 0...60, using: &generator))
        var sentThrough: Timestamp?
        var told: [(from: Timestamp, to: Timestamp)] = []
        for _ in 0..<500 {
            switch schedule.action(now: now, sentThrough: sentThrough) {
            case .wait(let until):
                #expect(until > now)
                let isInterrupted = Bool.random(using: &generator)
                now = isInterrupted ? Timestamp(milliseconds: now.milliseconds + 30_000) : until
            case .begin(let at):
                #expect(sentThrough == nil)
                sentThrough = at
            case .beginAnew:
                Issue.record("the clock was never that wrong")
            case .make(let from, let to):
                #expect(from == sentThrough)
                #expect(from < to && to <= now)
                told.append((from, to))
                sentThrough = to
                if Int.random(in: 0..<5, using: &generator) == 0 {
                    now = Timestamp(
                        milliseconds: now.milliseconds + Int64.random(in: 0...20_000_000, using: &generator)
                    )
                }
            }
        }
        #expect(told.count > 5)
        for (one, next) in zip(told, told.dropFirst()) { #expect(one.to == next.from) }
    }
}
