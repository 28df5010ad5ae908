import AccessLogs
import TestServers
import Testing
import Wire

@Suite struct HighTrafficWindowTests {
    private func stored(_ window: HighTrafficWindow, longestSeconds: Int) throws -> HighTrafficWindow {
        var writer = ByteWriter()
        window.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        let back = try HighTrafficWindow(from: &reader, longestSeconds: longestSeconds)
        try reader.finish()
        return back
    }

    @Test(
        "A level is the sum of the seconds in the window, whatever their order, gaps, restarts and moves",
        arguments: [1, 2, 120, 3_600]
    )
    func oracle(longest: Int) throws {
        var generator = SeededGenerator(seed: UInt64(longest))
        var window = HighTrafficWindow(longestSeconds: longest)
        var oracle: [Int64: UInt64] = [:]
        var newest: Int64 = -1_000
        for step in 0..<(longest > 1_000 ? 200 : 2_000) {
            newest += Int64.random(in: 0..<(step % 40 == 0 ? 500 : 3), using: &generator)
            let second = newest - Int64.random(in: 0..<60, using: &generator)
            let hits = UInt64.random(in: 1..<1_000, using: &generator)
            window.add(1, at: newest)
            oracle[newest, default: 0] += 1
            window.add(hits, at: second)
            oracle[second, default: 0] += hits
            if step % 50 == 0 { window = try stored(window, longestSeconds: longest) }
            if step % 150 == 75 {
                window.move(by: -3_599)
                oracle = Dictionary(uniqueKeysWithValues: oracle.map { ($0.key - 3_599, $0.value) })
                newest -= 3_599
            }
            for length in [1, 7, longest] where length <= longest {
                let end = newest + Int64.random(in: -30...200, using: &generator)
                let expected = (end - Int64(length) + 1...end).reduce(0) { sum, second in
                    sum + (newest - second < Int64(longest + 60) ? oracle[second] ?? 0 : 0)
                }
                #expect(window.level(windowSeconds: length, at: end).hits == expected)
            }
        }
    }

    @Test("Other lengths than before keep what they can")
    func otherLength() throws {
        var window = HighTrafficWindow(longestSeconds: 120)
        for second in Int64(0)..<120 { window.add(10, at: second) }
        #expect(try stored(window, longestSeconds: 3_600).level(windowSeconds: 3_600, at: 119).hits == 1_200)
        #expect(try stored(window, longestSeconds: 10).level(windowSeconds: 10, at: 119).hits == 100)
        #expect(
            try stored(HighTrafficWindow(longestSeconds: 5), longestSeconds: 5) == HighTrafficWindow(longestSeconds: 5)
        )
    }

    private func level(_ hits: UInt64, seconds: Int = 120) -> TrafficLevel {
        TrafficLevel(windowSeconds: seconds, second: Timestamp(milliseconds: 0), hits: hits)
    }

    @Test("Exactly the threshold is not above it, and ends an alert")
    func threshold() {
        var alert = HighTrafficAlert(threshold: 10, windowSeconds: 120)
        #expect(alert.observe(level(1_200)) == nil)
        #expect(alert.observe(level(1_201))?.kind == .raised)
        #expect(alert.observe(level(1_201)) == nil)
        #expect(alert.observe(level(0, seconds: 60)) == nil)
        #expect(alert.observe(level(1_500)) == nil)
        #expect(alert.peak?.hits == 1_500)
        #expect(alert.observe(level(1_200))?.kind == .recovered)
        #expect(alert.observe(level(1_200)) == nil)
        #expect(!alert.isFiring)
    }

    @Test("With a clear it recovers at that")
    func clear() {
        var alert = HighTrafficAlert(threshold: 10, clear: 8, windowSeconds: 120)
        #expect(alert.observe(level(1_201))?.kind == .raised)
        #expect(alert.observe(level(961)) == nil)
        #expect(alert.observe(level(1_300)) == nil)
        #expect(alert.observe(level(960))?.kind == .recovered)
    }

    @Test("The average never looks equal to a threshold that it is not equal to")
    func sentence() {
        var alert = HighTrafficAlert(threshold: 10, windowSeconds: 120)
        #expect(
            alert.observe(level(1_203))?.text
                == "High traffic generated an alert - hits = 1203 (10.03/s), triggered at 1970-01-01T00:00:00Z"
        )
        #expect(
            alert.observe(level(1_200))?.text
                == "High traffic recovered - hits = 1200 (10.0/s), recovered at 1970-01-01T00:00:00Z"
        )
        var other = HighTrafficAlert(threshold: 2.5, windowSeconds: 60)
        #expect(
            other.observe(level(180, seconds: 60))?.text
                == "High traffic generated an alert - hits = 180 (3.0/s), triggered at 1970-01-01T00:00:00Z"
        )
    }
}
