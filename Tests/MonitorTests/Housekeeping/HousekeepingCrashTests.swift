import Foundation
import Journal
import LogBatches
import TestServers
import Testing

@testable import Monitor

/// metricsd is killed between two steps of the housekeeping: neither a file nor its record is lost, and nothing is left over.
struct HousekeepingCrashTests {
    private let logs: KeptLogs

    init() throws { logs = try KeptLogs() }

    @Test func afterAFileWasPutAwayAndBeforeTheJournalKnows() throws {
        let batch = try logs.add(closed: logs.ago(8))
        try logs.housekeeper().makeRound()
        #expect(logs.folder.locate(batch) == nil)
        logs.forget()
        try logs.recover()
        #expect(try logs.read(batch) == logs.contents[batch.id])
        try logs.tidy(logs.housekeeper())
        #expect(try logs.stored(batch) == nil)
        #expect(logs.files() == [])
        #expect(logs.alterations == [])
    }

    @Test func afterTheJournalHasForgottenAFileThatIsStillThere() throws {
        let batch = try logs.add(closed: logs.ago(8))
        try logs.housekeeper().makeRound()
        try logs.record()
        #expect(logs.files().count == 1)
        try logs.recover()
        #expect(try logs.stored(batch) == nil)
        #expect(logs.files() == [])
        #expect(!FileManager.default.fileExists(atPath: "\(logs.state.path)/set-aside"))
    }

    @Test(arguments: [LogBatch.State.closed, .sent])
    func afterAFileWasCompressedAndBeforeTheJournalKnows(state: LogBatch.State) throws {
        let batch = try logs.add(state, delivery: state == .sent ? "edw" : nil, closed: logs.ago(1))
        try logs.housekeeper().makeRound()
        #expect(logs.files().count == 2)
        logs.forget()
        try logs.recover()
        #expect(logs.files().count == 1)
        #expect(try logs.read(batch) == logs.contents[batch.id])
        try logs.tidy(logs.housekeeper())
        #expect(logs.files().map { $0.hasSuffix(".gz") } == [true])
        #expect(try logs.read(batch) == logs.contents[batch.id])
    }

    @Test(arguments: [LogBatch.State.closed, .sent])
    func afterTheJournalKnowsOfACompressedFileBesideThePlainOne(state: LogBatch.State) throws {
        let batch = try logs.add(state, delivery: state == .sent ? "edw" : nil, closed: logs.ago(1))
        try logs.housekeeper().makeRound()
        try logs.record()
        #expect(logs.files().count == 2)
        try logs.recover()
        #expect(logs.files().map { $0.hasSuffix(".gz") } == [true])
        #expect(try logs.read(batch) == logs.contents[batch.id])
        #expect(!FileManager.default.fileExists(atPath: "\(logs.state.path)/set-aside"))
    }

    /// A start knows all of its files, the compressed ones too.
    @Test func aRestartSetsNothingAside() throws {
        let batches = try [LogBatch.State.closed, .sent].map { state in
            try logs.add(state, delivery: state == .sent ? "edw" : nil, closed: logs.ago(1))
        }
        try logs.tidy(logs.housekeeper())
        let before = logs.files()
        for _ in 1...2 { try logs.recover() }
        #expect(logs.files() == before)
        #expect(before.allSatisfy { $0.hasSuffix(".gz") })
        for batch in batches { #expect(try logs.read(batch) == logs.contents[batch.id]) }
    }
}
