import Testing

@testable import Monitor

struct SharedWakesTests {
    private let start = ContinuousClock.now

    @Test func allThreadsLookAtTheSameMoments() throws {
        let one = try #require(SharedWakes(interval: .seconds(1)))
        let other = try #require(SharedWakes(interval: .seconds(2)))
        var moments: Set<ContinuousClock.Instant> = []
        for offset in 0..<1_000 {
            let due = start + .milliseconds(offset)
            let wake = one.next(behind: due)
            #expect(wake == other.next(behind: due))
            #expect(wake > due + .milliseconds(19), "the answer is not there yet")
            #expect(wake <= due + .milliseconds(270))
            moments.insert(wake)
        }
        #expect(moments.count <= 5)
    }

    @Test func aShortIntervalIsNotStretched() throws {
        let wakes = try #require(SharedWakes(interval: .milliseconds(100)))
        for offset in 0..<100 {
            let due = start + .milliseconds(offset)
            #expect(wakes.next(behind: due) <= due + .milliseconds(46))
        }
    }

    @Test func aHostThatTakesLongerIsGivenTheTime() throws {
        var wakes = try #require(SharedWakes(interval: .seconds(1)))
        wakes.missed(answeredAfter: .milliseconds(80))
        for offset in 0..<300 {
            let due = start + .milliseconds(offset)
            #expect(wakes.next(behind: due) >= due + .milliseconds(100))
        }
        // One answer that took seconds does not hold up those behind it by seconds.
        wakes.missed(answeredAfter: .seconds(5))
        #expect(wakes.next(behind: start) <= start + .milliseconds(500))
    }

    @Test func whatIsPolledRarelyIsNotLeftLying() {
        #expect(SharedWakes(interval: .seconds(3)) == nil)
    }
}
