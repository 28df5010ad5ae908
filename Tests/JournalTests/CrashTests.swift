import Foundation
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

    @Test(arguments: [3, 11, 29, 61, 113])
    func aKilledProcessLeavesWholeGroups(milliseconds: Int) async throws {
        let fixture = try JournalFixture()
        let path = fixture.path
        let acknowledgements = try fixture.folder.file("acknowledged", "")
        for round in 0..<2 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = path as String, acknowledgements = acknowledgements as String,
                    milliseconds = milliseconds as Int
                ] in
                let journal = try Journal(at: path)
                let log = try FileHandle(forWritingTo: URL(fileURLWithPath: acknowledgements))
                try log.seekToEnd()
                var number = try wholeGroups(in: journal)
                Thread.detachNewThread {
                    usleep(UInt32(milliseconds) * 1_000)
                    kill(getpid(), SIGKILL)
                }
                while true {
                    number += 1
                    try journal.commit(group(number))
                    try log.write(contentsOf: Data([0]))
                }
            }
            let acknowledged = try size(acknowledgements)
            let groups = try wholeGroups(in: fixture.open())
            // At most the one commit of each round that returned to nobody.
            #expect(groups >= acknowledged && groups <= acknowledged + round + 1)
        }
    }

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}
