import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@testable import Journal

/// After a crash at any point a group is there whole or not at all, and every group whose commit returned is there.
@Suite struct CrashTests {
    /// Until a checkpoint, a commit only appends to the write-ahead log: a crash or loss of power leaves the file and
    /// the log up to some byte.
    @Test func aLogCutAnywhereHoldsWholeGroups() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open()
        var ends = [try size("\(fixture.path)-wal")]
        for number in 1...12 {
            try journal.commit(group(number))
            ends.append(try size("\(fixture.path)-wal"))
        }
        let file = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        let log = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.path)-wal"))
        var random = SystemRandomNumberGenerator()
        var cuts = (0..<40).map { _ in Int.random(in: ends[0]...log.count, using: &random) }
        cuts += ends + ends.map { $0 - 1 }.dropFirst()
        for cut in cuts {
            let crashed = try JournalFixture()
            try file.write(to: URL(fileURLWithPath: crashed.path))
            // What was not written to the end may hold anything.
            let rest = Data((0..<Int.random(in: 0...6_000)).map { _ in UInt8.random(in: .min ... .max) })
            try (log.prefix(cut) + rest).write(to: URL(fileURLWithPath: "\(crashed.path)-wal"))
            let acknowledged = ends.lastIndex { $0 <= cut } ?? 0
            let groups = try wholeGroups(in: crashed.open())
            #expect(groups == acknowledged, "cut at \(cut) of \(log.count)")
        }
    }

    /// A batch's row is there before its file, and what it is said to hold is what the log's cursor has passed.
    @Test func aBatchAndTheCursorOfItsLogGoTogether() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open()
        // The moment up to which the log was written, and what was acknowledged by then.
        var ends: [(end: Int, opened: Int, groups: Int)] = [(try size("\(fixture.path)-wal"), 0, 0)]
        var batches: [LogBatch] = []
        for number in 1...9 {
            if number % 3 == 1 {
                batches.append(try journal.openBatch(draft(window: number)) { "\(number)-\($0)" })
                ends.append((try size("\(fixture.path)-wal"), batches.count, number - 1))
            }
            var next = group(number)
            batches[batches.count - 1].lineCount = UInt64(number)
            if number % 3 == 0 { batches[batches.count - 1].state = .closed }
            next.batches = [batches[batches.count - 1]]
            try journal.commit(next)
            ends.append((try size("\(fixture.path)-wal"), batches.count, number))
        }
        let file = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        let log = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.path)-wal"))
        let cuts = (0..<30).map { _ in Int.random(in: ends[0].end...log.count) } + ends.map(\.end)
        for cut in cuts {
            let crashed = try JournalFixture()
            try file.write(to: URL(fileURLWithPath: crashed.path))
            try log.prefix(cut).write(to: URL(fileURLWithPath: "\(crashed.path)-wal"))
            let reopened = try crashed.open()
            let acknowledged = try #require(ends.last { $0.end <= cut })
            #expect(try wholeGroups(in: reopened) == acknowledged.groups, "cut at \(cut)")
            let stored = try reopened.batches(where: "1 ORDER BY id")
            #expect(stored.count == acknowledged.opened, "cut at \(cut)")
            #expect(stored.map(\.lineCount).max() ?? 0 == acknowledged.groups, "cut at \(cut)")
        }
    }

    /// A checkpoint copies pages from the log into the file while the log stays whole: a crash leaves any of them old.
    @Test func aCheckpointCutAnywhereLosesNothing() throws {
        let fixture = try JournalFixture()
        var journal: Journal? = try fixture.open()
        for number in 1...12 { try journal?.commit(group(number)) }
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        let log = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.path)-wal"))
        // The last connection's end is a checkpoint.
        journal = nil
        let after = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        #expect(!FileManager.default.fileExists(atPath: "\(fixture.path)-wal") && after.count > before.count)
        for share in [0.1, 0.3, 0.5, 0.7, 0.9, 1] {
            var file = after
            for page in stride(from: 0, to: after.count, by: 4_096) where Double.random(in: 0..<1) > share {
                let old = before.dropFirst(page).prefix(4_096)
                file.replaceSubrange(page..<page + 4_096, with: old.isEmpty ? Data(count: 4_096) : old)
            }
            let crashed = try JournalFixture()
            try file.write(to: URL(fileURLWithPath: crashed.path))
            try log.write(to: URL(fileURLWithPath: "\(crashed.path)-wal"))
            #expect(try wholeGroups(in: crashed.open()) == 12)
        }
    }

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}
