import AccessLogs
import TestServers
import Testing
import Wire

@Suite struct ClientSetTests {
    private func client(_ number: UInt64) -> [UInt8] { Array("client-\(number).example.org".utf8) }

    private func set(_ numbers: some Sequence<UInt64>) -> ClientSet {
        var set = ClientSet()
        for number in numbers { client(number).withUnsafeBytes { set.insert($0) } }
        return set
    }

    private func stored(_ set: ClientSet) throws -> (set: ClientSet, bytes: Int) {
        var writer = ByteWriter()
        set.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        let back = try ClientSet(from: &reader)
        try reader.finish()
        return (back, writer.bytes.count)
    }

    @Test("Up to 10,000 clients are counted exactly, however often each comes")
    func exact() {
        var generator = SeededGenerator(seed: 1)
        var set = ClientSet()
        var oracle: Set<UInt64> = []
        for _ in 0..<60_000 {
            let number = UInt64.random(in: 0..<10_000, using: &generator)
            oracle.insert(number)
            client(number).withUnsafeBytes { set.insert($0) }
        }
        #expect(set.isExact)
        #expect(set.count == UInt64(oracle.count))
        #expect(self.set(0..<10_000).count == 10_000)
    }

    @Test("Beyond, the error stays within three times the stated standard error of 0.81 %")
    func estimated() {
        var squares = 0.0
        var checks = 0.0
        for seed in UInt64(1)...4 {
            var set = ClientSet()
            var count: UInt64 = 0
            for size: UInt64 in [10_001, 12_000, 20_000, 40_000, 60_000, 100_000, 200_000] {
                while count < size {
                    client(seed << 40 | count).withUnsafeBytes { set.insert($0) }
                    count += 1
                }
                #expect(!set.isExact)
                let error = Double(set.count) / Double(size) - 1
                #expect(abs(error) < 3 * 0.0081, "\(set.count) for \(size)")
                squares += error * error
                checks += 1
            }
        }
        #expect((squares / checks).squareRoot() < 0.0081 * 1.3)
    }

    @Test("The count never falls when the exact set becomes a sketch")
    func transition() {
        var set = set(0..<10_000)
        var before = set.count
        for number in UInt64(10_000)..<10_300 {
            client(number).withUnsafeBytes { set.insert($0) }
            #expect(set.count >= before)
            before = set.count
        }
    }

    @Test("A merged set is the set of all", arguments: [(100, 150), (9_000, 9_000), (30_000, 200), (20_000, 40_000)])
    func merge(left: UInt64, right: UInt64) throws {
        let overlap = min(left, right) / 2
        var merged = set(0..<left)
        merged.merge(set(left - overlap..<left - overlap + right))
        #expect(merged.count == set(0..<left + right - overlap).count)
        #expect(merged == set(0..<left + right - overlap))
    }

    @Test("A stored set comes back as it was, and small", arguments: [0, 1, 255, 256, 10_000, 10_001, 50_000])
    func encoding(size: UInt64) throws {
        let before = set(0..<size)
        let (after, bytes) = try stored(before)
        #expect(after == before)
        #expect(after.count == before.count)
        #expect(bytes <= 8 * Int(min(size, 10_000)) + 16)
        #expect(size <= 10_000 || bytes <= 12_289)
        // It goes on as before.
        var (left, right) = (before, after)
        for number in size..<size + 50 {
            client(number).withUnsafeBytes { left.insert($0) }
            client(number).withUnsafeBytes { right.insert($0) }
        }
        #expect(left == right)
    }

    @Test("Damaged bytes are refused, and never more is allocated than they have")
    func damaged() {
        for bytes: [UInt8] in [
            [], [9], [1, 2, 0], [1, 0xff, 0xff, 0xff, 0x7f], [2, 1, 2], [1, 2] + [UInt8](repeating: 7, count: 16),
        ] {
            var reader = ByteReader(bytes)
            #expect(throws: WireError.self) { _ = try ClientSet(from: &reader) }
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            var reader = ByteReader([UInt8.random(in: 0...3, using: &generator)] + generator.bytes(40))
            _ = try? ClientSet(from: &reader)
        }
    }
}
