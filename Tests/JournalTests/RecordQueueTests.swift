import Foundation
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct RecordQueueTests {
    @Test func recordsComeInOrderAndInBatches() throws {
        let journal = try JournalFixture().open()
        for number in 1...10 { try journal.commit(group(number)) }
        var seen: [[UInt8]] = []
        var last: Int64 = 0
        var batches = 0
        while true {
            let batch = try journal.records(after: last, limitBytes: 5_000)
            guard let end = batch.last else { break }
            #expect(batch.count <= 4)
            #expect(batch.map(\.id) == Array(last + 1...end.id))
            seen += batch.map(\.record.payload)
            last = end.id
            batches += 1
        }
        #expect(seen == (1...10).flatMap { group($0).records.map(\.payload) })
        #expect(batches == 8)
        #expect(try journal.records(after: 0, limitBytes: 1).count == 1, "one that is larger than the limit")
    }

    @Test func idsNeverComeAgain() throws {
        let fixture = try JournalFixture()
        var last: Int64 = 0
        for number in 1...4 {
            let journal = try fixture.open()
            try journal.commit(group(number))
            let records = try journal.records(after: 0, limitBytes: .max)
            #expect(records.count == 3)
            #expect(try #require(records.first).id > last)
            last = try #require(records.last).id
            try journal.removeRecords(through: last)
            #expect(try journal.backlog() == RecordBacklog(count: 0, bytes: 0, oldest: nil))
        }
    }

    @Test func removalKeepsWhatCameAfter() throws {
        let journal = try JournalFixture().open()
        try journal.commit(group(1))
        let drained = try #require(try journal.records(after: 0, limitBytes: .max).last)
        try journal.commit(group(2))
        try journal.removeRecords(through: drained.id)
        try journal.removeRecords(through: drained.id)
        let left = try journal.records(after: 0, limitBytes: .max)
        #expect(left.map(\.record) == group(2).records)
        #expect(try journal.backlog() == RecordBacklog(count: 3, bytes: 3_600, oldest: at(2)))
    }

    @Test func theFileShrinksAfterABacklog() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open()
        func bytesOnDisk() throws -> Int {
            try ["", "-wal"].reduce(0) { sum, suffix in
                let attributes = try FileManager.default.attributesOfItem(atPath: fixture.path + suffix)
                return try sum + #require(attributes[.size] as? Int)
            }
        }
        for number in 1...40 { try journal.commit(group(number, records: 20, payloadBytes: 60_000)) }
        let largest = try bytesOnDisk()
        #expect(largest > 48_000_000)
        var last: Int64 = 0
        while let end = try journal.records(after: last, limitBytes: 4 << 20).last?.id {
            try journal.removeRecords(through: end)
            last = end
        }
        #expect(try bytesOnDisk() < 24_000_000)
        #expect(try journal.alertStates().states.count == 40)
        try journal.commit(group(41))
        #expect(try #require(try journal.records(after: 0, limitBytes: .max).first).id == last + 1)
    }

    @Test func drainsAndCommitsOfManyThreadsLoseNothing() async throws {
        let journal = try JournalFixture().open()
        let written = 60
        async let committing: Void = Task.detached {
            for number in 1...written { try journal.commit(group(number)) }
        }.value
        let draining = Task.detached {
            var drained: [[UInt8]] = []
            while drained.count < written * 3 {
                let batch = try journal.records(after: 0, limitBytes: 20_000)
                guard let last = batch.last else {
                    await Task.yield()
                    continue
                }
                drained += batch.map(\.record.payload)
                try journal.removeRecords(through: last.id)
            }
            return drained
        }
        try await committing
        #expect(try await draining.value == (1...written).flatMap { group($0).records.map(\.payload) })
    }
}
