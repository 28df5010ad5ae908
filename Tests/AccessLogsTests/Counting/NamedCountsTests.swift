import AccessLogs
import TestServers
import Testing

@Suite struct NamedCountsTests {
    private func add(_ name: String, to counts: inout NamedCounts) {
        Array(name.utf8).withUnsafeBytes { counts.add($0) }
    }

    @Test("Counts of random names are those of a dictionary")
    func dictionary() {
        var generator = SeededGenerator(seed: 3)
        var counts = NamedCounts(limit: 5_000)
        var oracle: [String: UInt64] = [:]
        for _ in 0..<50_000 {
            let name = "/\(UInt32.random(in: 0..<70, using: &generator) * UInt32.random(in: 0..<70, using: &generator))"
            oracle[name, default: 0] += 1
            add(name, to: &counts)
        }
        #expect(Dictionary(uniqueKeysWithValues: counts.top().map { ($0.name, $0.count) }) == oracle)
        #expect(counts.top(3).map(\.count) == Array(oracle.values.sorted(by: >).prefix(3)))
        #expect(counts.other == 0)
    }

    @Test("Names up to the limit are exact, the lines of further ones are one number")
    func limit() {
        var counts = NamedCounts(limit: 10)
        for round in 0..<3 {
            for number in 0..<15 { add("/\(number)", to: &counts) }
            #expect(counts.distinct == 10)
            #expect(counts.other == UInt64(5 * (round + 1)))
        }
        #expect(counts.top().allSatisfy { $0.count == 3 })
    }

    @Test("Long names are cut, and names are shown so that they cannot steer a terminal")
    func foreign() {
        var counts = NamedCounts(limit: 10)
        add("/" + String(repeating: "x", count: 70_000), to: &counts)
        add("/\u{1b}[31m\u{202e}é", to: &counts)
        [UInt8(ascii: "/"), 0xff, 0xfe].withUnsafeBytes { counts.add($0) }
        let names = Set(counts.top().map(\.name))
        #expect(names.contains("/" + String(repeating: "x", count: 254)))
        #expect(names.contains("/\\x1b[31m\\u{202e}é"))
        #expect(names.contains("/\\xff\\xfe"))
        // What a server wrote escaped looks the same, and is told as one.
        add("/\\xff\\xfe", to: &counts)
        #expect(counts.top(1).map(\.name) == ["/\\xff\\xfe"])
        #expect(counts.top().map(\.count) == [2, 1, 1])
    }

    @Test("Merging keeps the sums")
    func merge() {
        var left = NamedCounts(limit: 4)
        var right = NamedCounts(limit: 4)
        for name in ["/a", "/b", "/c", "/d", "/e"] { add(name, to: &left) }
        for name in ["/c", "/x", "/y"] { add(name, to: &right) }
        left.merge(right)
        #expect(left.top().map(\.name) == ["/c", "/a", "/b", "/d"])
        #expect(left.other == 3)
    }
}
