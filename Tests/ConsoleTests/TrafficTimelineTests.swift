import Console
import Foundation
import Testing

struct TrafficTimelineTests {
    private static let phases = [
        TrafficPhase(rate: 9, duration: .seconds(150)),
        TrafficPhase(rate: 0, duration: .seconds(20)),
        TrafficPhase(rate: 11.5, duration: .milliseconds(1_500)),
        TrafficPhase(rate: 8, duration: .seconds(150)),
    ]

    @Test(arguments: 1...20) func everyPhaseHasExactlyItsRate(seed: UInt64) {
        let arrivals = Array(TrafficTimeline(Self.phases, seed: seed))
        #expect(arrivals == arrivals.sorted())
        let ends: [Int64] = [0, 150, 170, 171_500, 321_500].map { $0 < 1_000 ? $0 * 1_000_000_000 : $0 * 1_000_000 }
        let counts = zip(ends, ends.dropFirst()).map { begin, end in arrivals.count { $0 >= begin && $0 < end } }
        #expect(counts == [1_350, 0, 17, 1_200])
        #expect(arrivals.count == counts.reduce(0, +))
    }

    @Test func gapsAreExponential() {
        let rate = 50.0
        let arrivals = TrafficTimeline([TrafficPhase(rate: rate, duration: .seconds(2_000))], seed: 7).map {
            Double($0) / 1e9
        }
        let gaps = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }.sorted()
        // Kolmogorov and Smirnov's distance to 1 - e^(-rate·t); above 1.95/√n in one of a thousand samples only.
        var distance = 0.0
        for (index, gap) in gaps.enumerated() {
            let expected = 1 - exp(-rate * gap)
            distance = max(distance, abs(expected - Double(index) / Double(gaps.count)))
        }
        #expect(distance < 1.95 / Double(gaps.count).squareRoot())
    }

    @Test func countsOfSecondsSpreadAsPoissonSays() {
        let arrivals = TrafficTimeline([TrafficPhase(rate: 10, duration: .seconds(10_000))], seed: 3)
        var counts = [Double](repeating: 0, count: 10_000)
        for arrival in arrivals { counts[Int(arrival / 1_000_000_000)] += 1 }
        let variance = counts.map { ($0 - 10) * ($0 - 10) }.reduce(0, +) / 10_000
        // The variance of a Poisson distribution is its mean; 0.14 is the standard error with so many.
        #expect(abs(variance - 10) < 0.6)
    }

    @Test func theSeedDecides() {
        let one = Array(TrafficTimeline(Self.phases, seed: 1))
        #expect(one == Array(TrafficTimeline(Self.phases, seed: 1)))
        #expect(one != Array(TrafficTimeline(Self.phases, seed: 2)))
    }
}
