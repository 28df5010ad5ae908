import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@testable import Journal

/// Taking batches in, and what is kept of them.
@Suite struct BatchesTests {
    private func name(_ part: Int) -> String { part == 1 ? "access.log" : "access-\(part).log" }

    @Test func everythingOfABatchIsThereAfterReopening() throws {
        let fixture = try JournalFixture()
        var batch: LogBatch
        do {
            let journal = try fixture.open()
            batch = try journal.openBatch(draft(), name: name)
            #expect(batch.id > 0 && batch.part == 1 && batch.fileName == "access.log")
            #expect(try journal.openBatches() == [batch])
            batch.state = .failed
            (batch.byteCount, batch.lineCount, batch.storedBytes) = (1 << 40, 1 << 33, 77)
            (batch.hashState, batch.sha256) = ([], String(repeating: "ab", count: 32))
            (batch.header, batch.clockSkewMilliseconds) = ([35, 0, 255], -3_600_000)
            (batch.appendedAt, batch.closedAt) = (at(7), at(8))
            (batch.isCompressed, batch.attempts, batch.nextAttemptAt) = (true, 3, at(9))
            (batch.lastError, batch.remotePath, batch.isBeingRenamed) = ("größe", "in/x", true)
            (batch.sentAt, batch.announcedTo) = (at(10), "edw@sftp.example.org:22 in")
            // Of an open batch, by another configuration.
            batch.delivery = "dwh"
            try journal.commit(JournalGroup(createdAt: at(0), batches: [batch]))
        }
        let journal = try fixture.open()
        #expect(try journal.batch(batch.id) == batch)
        #expect(try journal.batch(batch.id + 1) == nil)
        #expect(try journal.openBatches() == [])
    }

    @Test func linesThatComeLaterGetFurtherParts() throws {
        let journal = try JournalFixture().open()
        var last = try journal.openBatch(draft(), name: name)
        for part in 2...12 {
            last.state = .closed
            try journal.save(last)
            last = try journal.openBatch(draft(), name: name)
            #expect(last.part == part && last.fileName == "access-\(part).log")
        }
        // Other windows, logs and hosts count for themselves.
        for other in [draft(window: 1), draft(log: "api"), draft(host: "web-2")] {
            #expect(try journal.openBatch(other) { "other-\(other.windowStart)-\($0)" }.part == 1)
        }
    }

    /// A pattern that was changed may name another window's file.
    @Test func aNameThatIsTakenIsPassedOverWithItsPart() throws {
        let journal = try JournalFixture().open()
        for window in 0..<2 { _ = try journal.openBatch(draft(window: window)) { "w\(window)-\($0)" } }
        let batch = try journal.openBatch(draft(window: 2)) { $0 < 3 ? "w0-1" : "w2-\($0)" }
        #expect(batch.part == 3 && batch.fileName == "w2-3")
        // Of another log it is another file.
        #expect(try journal.openBatch(draft(log: "api")) { _ in "w0-1" }.part == 1)
    }

    /// The host was away for longer than files are kept, and goes on within the window where it stopped.
    @Test func theLinesOfAWindowWhoseFileIsGoneGetAnotherName() throws {
        let journal = try JournalFixture().open()
        let old = try (0..<3).map { try journal.batch(window: $0) { $0.state = .sent } }
        let second = try journal.openBatch(draft(window: 1), name: { "second-\($0)" })
        #expect(second.part == 2)
        try journal.remove(old.map(\.id) + [second.id])
        #expect(try journal.batch(old[2].id) == nil)
        // Higher than any that was given, for the windows that are gone; from 1 on for those that never were.
        #expect(try journal.openBatch(draft(window: 2), name: name).part == 3)
        #expect(try journal.openBatch(draft(window: 1)) { "x-\($0)" }.part == 3)
        #expect(try journal.openBatch(draft(window: 3)) { "y-\($0)" }.part == 1)
        #expect(try journal.openBatch(draft(window: 1, log: "api")) { "z-\($0)" }.part == 1)
    }

    @Test func numbersAreNeverGivenTwice() throws {
        let fixture = try JournalFixture()
        let first = try fixture.open().batch { $0.state = .sent }
        try fixture.open().remove([first.id])
        #expect(try fixture.open().batch(window: 1).id > first.id)
    }

    @Test func whatWasRemovedStaysRemoved() throws {
        let journal = try JournalFixture().open()
        let batch = try journal.batch { $0.state = .sent }
        try journal.commit(JournalGroup(createdAt: at(0), batches: [batch], removedBatches: [batch.id]))
        try journal.save(batch)
        #expect(try journal.batch(batch.id) == nil)
        #expect(try journal.batchDiskUse() == (0, 0))
    }

    @Test func aStartLooksAtAllBatchesInPieces() throws {
        let journal = try JournalFixture().open()
        let batches = try (0..<7).map { window in
            try journal.batch(window: window) {
                ($0.isCompressed, $0.state) = (window % 3 == 1, LogBatch.State.allCases[window % 4])
            }
        }
        #expect(try journal.batchesToSettle() == batches)
        var pieces: [[LogBatch]] = []
        while let piece = try Optional(journal.batchesToSettle(after: pieces.last?.last?.id ?? 0, limit: 3)),
            !piece.isEmpty
        { pieces.append(piece) }
        #expect(pieces.map(\.count) == [3, 3, 1])
        #expect(pieces.flatMap { $0 } == batches)
    }

    /// What the maintained totals say is what adding up says, whatever happens to batches.
    @Test func diskUseAndBacklogsAreSums() throws {
        let journal = try JournalFixture().open()
        var batches: [LogBatch] = []
        var generator = SeededGenerator(seed: 4)
        for step in 0..<400 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let delivery = [nil, "edw", "dwh"].randomElement(using: &generator) ?? nil
                batches.append(try journal.batch(window: step, delivery: delivery))
            case 1 where batches.count > 3:
                let gone = batches.remove(at: Int.random(in: batches.indices, using: &generator))
                try journal.remove([gone.id, gone.id])
            default:
                guard let place = batches.indices.randomElement(using: &generator) else { continue }
                batches[place].state = LogBatch.State.allCases.randomElement(using: &generator) ?? .open
                batches[place].closedAt = batches[place].state == .open ? nil : at(Double(step))
                batches[place].byteCount += UInt64.random(in: 0..<9_000, using: &generator)
                batches[place].storedBytes = UInt64.random(in: 0..<9_000, using: &generator)
                try journal.commit(JournalGroup(createdAt: at(0), batches: [batches[place]]))
            }
            let use = try journal.batchDiskUse()
            #expect(use.bytes == batches.reduce(0) { $0 + max($1.storedBytes, 4_096) })
            #expect(use.files == UInt64(batches.count))
            for delivery in ["edw", "dwh", "none"] {
                let waiting = batches.filter {
                    $0.delivery == delivery && ($0.state == .closed || $0.state == .failed)
                }
                #expect(
                    try journal.deliveryBacklog(of: delivery)
                        == DeliveryBacklog(
                            failedBatches: waiting.filter { $0.state == .failed }.count,
                            waitingBatches: waiting.count,
                            waitingBytes: waiting.reduce(0) { $0 + $1.byteCount },
                            oldestClosedAt: waiting.compactMap(\.closedAt).min()
                        )
                )
            }
            let undelivered = batches.filter { $0.state != .sent }.compactMap(\.delivery)
            #expect(
                try journal.undeliveredBatches() == Dictionary(undelivered.map { ($0, 1) }, uniquingKeysWith: +)
            )
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in each run.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
