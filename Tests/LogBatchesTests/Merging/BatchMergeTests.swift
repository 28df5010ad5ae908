import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct BatchMergeTests {
    private static let start: Int64 = 1_795_176_000_000  // 2026-11-20T12:00:00Z

    private func line(_ milliseconds: Int64, _ text: String) -> MergeHarness.Written {
        let time = Timestamp(milliseconds: Self.start + milliseconds)
        return .init(text: "\(time.rfc3339) \(text)", time: time.milliseconds)
    }

    @Test("Lines of all servers come in the order of their times, those of one time in the order of the servers")
    func order() throws {
        let harness = try MergeHarness()
        try harness.add(1, start: Self.start, [line(0, "b"), line(2_000, "d"), line(2_000, "e")])
        try harness.add(0, start: Self.start, [line(0, "a"), line(1_000, "c"), line(2_500, "f")])
        try harness.add(0, start: Self.start + 60_000, [line(60_000, "g")])
        #expect(try harness.merged().map { String($0.line.suffix(1)) } == ["a", "b", "c", "d", "e", "f", "g"])
    }

    @Test("A line without a time stays with the one before it, one that begins a batch at the window's start")
    func untimed() throws {
        let harness = try MergeHarness()
        let trace = [line(1_000, "failed"), .init(text: "  at a"), .init(text: ""), .init(text: "  at b")]
        try harness.add(0, start: Self.start, [.init(text: "first")] + trace + [line(9_000, "z")])
        try harness.add(1, start: Self.start, [line(0, "y"), line(5_000, "x")])
        let lines = try harness.merged()
        let shown = lines.map { $0.line.hasPrefix("2026") ? String($0.line.dropFirst(25)) : $0.line }
        #expect(shown == ["first", "y", "failed", "  at a", "", "  at b", "x", "z"])
        #expect(lines[4].time == Self.start + 1_000)
    }

    @Test("A server's clock that is off is put right, and a time outside the window is none")
    func skew() throws {
        let harness = try MergeHarness()
        // Two minutes ahead of ours.
        try harness.add(0, start: Self.start + 120_000, [line(121_000, "b"), line(500_000, "c")], skew: 120_000)
        try harness.add(1, start: Self.start, [line(0, "a"), line(2_000, "d")])
        let lines = try harness.merged()
        #expect(lines.map { String($0.line.suffix(1)) } == ["a", "b", "c", "d"])
        #expect(lines.map { $0.time - Self.start } == [0, 1_000, 1_000, 2_000])
    }

    @Test("Batches are read by their header where it names what the lines are")
    func header() throws {
        let harness = try MergeHarness()
        let lines = ["12:00:01 200", "12:00:03 200"].map { MergeHarness.Written(text: $0) }
        let header = "#Fields: time sc-status\n#Date: 2026-11-20 12:00:00\n"
        try harness.add(0, start: Self.start, lines, format: "w3c", header: header)
        try harness.add(1, start: Self.start, [line(2_000, "x")])
        #expect(try harness.merged().map(\.label) == [0, 1, 0])
    }

    @Test("A file that is missing, or shorter than it was, is told, and the others are read to their end")
    func missing() throws {
        let harness = try MergeHarness()
        let gone = try harness.add(0, start: Self.start, [line(0, "a")])
        let cut = try harness.add(1, start: Self.start, (0..<9).map { line($0, "b") })
        try harness.add(2, start: Self.start, [line(0, "c"), line(30_000, "d")])
        try FileManager.default.removeItem(atPath: harness.folder.path(of: gone))
        #expect(truncate(harness.folder.path(of: cut), 100) == 0)
        let lines = try harness.merged()
        #expect(lines.filter { $0.label == 2 }.count == 2)
        #expect(!lines.contains { $0.label == 0 })
        #expect(harness.problems.count == 2)
        #expect(harness.problems.allSatisfy { $0.isAltered })
    }

    @Test("Only what is asked for comes: a time, half open, and lines with all of the texts")
    func filter() throws {
        let harness = try MergeHarness()
        try harness.add(0, start: Self.start, [line(0, "GET /a"), line(1_000, "GET /b"), line(2_000, "get /a")])
        try harness.add(1, start: Self.start, [line(500, "POST /a"), line(1_500, "G GET /aa")])
        func texts(_ filter: LineFilter) throws -> [String] {
            try harness.merged(filter).map { String($0.line.dropFirst(25)) }
        }
        #expect(try texts(LineFilter(times: Self.start + 500..<Self.start + 1_500)) == ["POST /a", "GET /b"])
        #expect(try texts(LineFilter(texts: ["/a"])) == ["GET /a", "POST /a", "G GET /aa", "get /a"])
        #expect(try texts(LineFilter(texts: ["/a", "GET"])) == ["GET /a", "G GET /aa"])
        #expect(try texts(LineFilter(texts: ["gEt /A"], ignoresCase: true)) == ["GET /a", "G GET /aa", "get /a"])
        #expect(try texts(LineFilter(texts: ["/b "])) == [])
    }

    @Test("A batch that grows is read on where it was left, and what was there before a look began is passed over")
    func growing() throws {
        let harness = try MergeHarness()
        var batch = try harness.add(0, start: Self.start, [line(0, "a"), .init(text: "more")])
        _ = try harness.merged()
        let position = try #require(harness.positions[batch.id])
        #expect(position.seen == batch.byteCount)
        let before = batch.byteCount
        let path = harness.folder.path(of: batch)
        let text = "still\n" + line(3_000, "b").text + "\n"
        var content = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(Int(before))
        content += Data(text.utf8)
        try content.write(to: URL(fileURLWithPath: path))
        batch.byteCount += UInt64(text.utf8.count)
        let later = try harness.merged(from: [batch.id: position], batches: [batch])
        #expect(later.map(\.time) == [Self.start, Self.start + 3_000])
        #expect(later.first?.line == "still")
        let behind = try harness.merged(from: [batch.id: .behind(before)], batches: [batch])
        #expect(behind == later)
    }

    @Test("Lines longer than a piece and bytes that are no text come as they are; the last may lack its newline")
    func longLines() throws {
        let harness = try MergeHarness()
        let long = String(repeating: "x", count: 60_000)
        let lines = [line(0, long), line(1, "a\u{0}b"), .init(text: long + long + long), line(2, long), line(3, long)]
        try harness.add(0, start: Self.start, lines, hasLastNewline: false)
        #expect(try harness.merged() == harness.sorted())
    }

    @Test("Whatever the batches, the merge is a stable sort by time")
    func model() throws {
        for seed in UInt64(0)..<60 {
            var random = SeededGenerator(seed: seed)
            let harness = try MergeHarness()
            var missing: Set<Int64> = []
            let step: Int64 = seed % 2 == 0 ? 1_000 : 7
            for label in 0..<Int.random(in: 1...6, using: &random) {
                var skew: Int64 = [0, 0, 90_000, -3_600_000, 30].randomElement(using: &random) ?? 0
                for window in 0..<Int64.random(in: 0...5, using: &random) {
                    if Int.random(in: 0..<4, using: &random) == 0 { continue }
                    if Bool.random(using: &random) { skew += Int64.random(in: -5_000...5_000, using: &random) }
                    for part in 1...Int.random(in: 1...3, using: &random) {
                        let start = Self.start + window * 60_000
                        var now: Int64 = 0
                        let lines = (0..<Int.random(in: 1...120, using: &random)).map { number in
                            let text = "\(label)/\(window)/\(part)/\(number)"
                            switch Int.random(in: 0..<12, using: &random) {
                            case 0: return MergeHarness.Written(text: "  no time \(text)")
                            case 1: return MergeHarness.Written(text: "")
                            // Written an hour ago, or ahead.
                            case 2: return line(window * 60_000 + 3_600_000, text)
                            default: break
                            }
                            now = min(now + Int64.random(in: 0...3, using: &random) * step, 59_999)
                            let late = Int.random(in: 0..<6, using: &random) == 0 ? now / 2 : now
                            return line(window * 60_000 + late, text)
                        }
                        let batch = try harness.add(
                            label,
                            start: start,
                            part: part,
                            lines,
                            skew: skew,
                            isCompressed: Int.random(in: 0..<4, using: &random) == 0,
                            hasLastNewline: lines.last?.text == "" || Bool.random(using: &random)
                        )
                        if Int.random(in: 0..<15, using: &random) == 0 {
                            let place = harness.folder.locate(batch) ?? ""
                            try FileManager.default.removeItem(atPath: place)
                            missing.insert(batch.id)
                        }
                    }
                }
            }
            let merged = try harness.merged()
            #expect(merged == harness.sorted(without: missing), "seed \(seed)")
            #expect(harness.problems.count == missing.count)
            if merged != harness.sorted(without: missing) { return }
        }
    }
}
