import Alerts
import Foundation
import Journal
import LogBatches
import TestServers
import Testing
import Wire

@testable import Monitor

/// What becomes of batch files with time.
struct HousekeeperTests {
    private let web = LogName(host: "web-1", log: "access")

    @Test func whatIsPastItsRetentionGoesAndAllElseStays() throws {
        let logs = try KeptLogs()
        let kept = try logs.add(closed: logs.ago(6.9))
        let old = try logs.add(closed: logs.ago(7.1))
        let sent = try logs.add(.sent, delivery: "edw", closed: logs.ago(8), sent: logs.ago(7.5))
        // Delivered late: kept as long from then on.
        let late = try logs.add(.sent, delivery: "edw", closed: logs.ago(30), sent: logs.ago(1))
        let waiting = try logs.add(.closed, delivery: "edw", closed: logs.ago(300))
        let failed = try logs.add(.failed, delivery: "edw", closed: logs.ago(300))
        let altered = try logs.add(.failed, closed: logs.ago(300))
        let open = try logs.add(.open, closed: logs.ago(300))
        try logs.tidy(logs.housekeeper())
        for batch in [old, sent] {
            #expect(try logs.stored(batch) == nil)
        }
        for batch in [kept, late, waiting, failed, altered, open] {
            #expect(try logs.read(batch) == logs.contents[batch.id], "\(batch.state) \(batch.delivery ?? "kept")")
        }
        #expect(logs.files().count == 6)
        let lines = logs.log.lines(with: "info housekeeping: removed 2 files past their retention")
        #expect(lines.count == 1, "\(logs.log.text)")
        #expect(logs.alterations == [])
    }

    @Test func eachLogHasItsOwnRetentionAndOneThatIsNoLongerStoredTheUsual() throws {
        let logs = try KeptLogs()
        let db = LogName(host: "db-1", log: "slow")
        let short = try logs.add(host: "db-1", log: "slow", closed: logs.ago(1.1))
        let former = try logs.add(host: "old-1", closed: logs.ago(6))
        let gone = try logs.add(.sent, host: "old-2", delivery: "edw", closed: logs.ago(8))
        let web1 = try logs.add(closed: logs.ago(20))
        try logs.tidy(
            logs.housekeeper([
                db: StoreSettings(prefix: "slow", keep: .seconds(86_400)),
                web: StoreSettings(prefix: "access", keep: .seconds(30 * 86_400), compressAfter: nil),
            ])
        )
        #expect(try logs.stored(short) == nil)
        #expect(try logs.stored(former) != nil)
        #expect(try logs.stored(gone) == nil)
        #expect(try logs.stored(web1)?.isCompressed == false)
        // The folders of a log that nobody stores any more go with its last file; those of the others stay.
        let hosts = try FileManager.default.contentsOfDirectory(atPath: "\(logs.state.path)/logs").sorted()
        #expect(hosts == ["db-1", "old-1", "web-1"])
    }

    @Test func olderFilesAreCompressedOnceTheyAreDelivered() throws {
        let logs = try KeptLogs()
        let new = try logs.add(closed: logs.ago(0.1))
        let old = try logs.add(closed: logs.ago(0.2))
        let sent = try logs.add(.sent, delivery: "edw", closed: logs.ago(0.2))
        let waiting = try logs.add(.closed, delivery: "edw", closed: logs.ago(2))
        let failed = try logs.add(.failed, delivery: "edw", closed: logs.ago(2))
        let housekeeper = logs.housekeeper()
        try logs.tidy(housekeeper)
        for (batch, isCompressed) in [(new, false), (old, true), (sent, true), (waiting, false), (failed, false)] {
            let now = try #require(try logs.stored(batch))
            #expect(now.isCompressed == isCompressed)
            #expect(try logs.read(batch) == logs.contents[batch.id])
            #expect(now.sha256 == batch.sha256)
            let path = try #require(logs.folder.locate(now))
            #expect(path.hasSuffix(".gz") == isCompressed)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            #expect(size?.uint64Value == now.storedBytes)
        }
        #expect(logs.files().count == 5)
        #expect(logs.log.lines(with: "info housekeeping: compressed 2 files").count == 1, "\(logs.log.text)")
        // A second round finds nothing to do, and says nothing.
        let before = logs.log.text
        try logs.tidy(housekeeper)
        #expect(logs.log.text == before)
    }

    @Test func aSummaryThatIsDueTellsOfAFileBeforeItGoes() throws {
        let logs = try KeptLogs()
        let short = StoreSettings(prefix: "access", keep: .seconds(60))
        let batch = try logs.add(closed: logs.ago(0.01))
        let housekeeper = logs.housekeeper([web: short], isSummarized: true)
        try logs.tidy(housekeeper)
        #expect(try logs.stored(batch) != nil)
        try logs.journal.setSummarySentThrough(logs.ago(0.02))
        try logs.tidy(housekeeper)
        #expect(try logs.stored(batch) != nil)
        try logs.journal.setSummarySentThrough(logs.ago(0.005))
        try logs.tidy(housekeeper)
        #expect(try logs.stored(batch) == nil)
    }

    // MARK: Files that somebody changed

    @Test func aFileThatWasEditedOrRemovedIsDeclaredOnceAndKept() throws {
        let logs = try KeptLogs()
        let edited = try logs.add(closed: logs.ago(1))
        let shortened = try logs.add(closed: logs.ago(0.01))
        let removed = try logs.add(closed: logs.ago(0.01))
        let untouched = try logs.add(closed: logs.ago(0.01))
        var text = try #require(logs.contents[edited.id])
        text.replaceSubrange(text.startIndex...text.startIndex, with: "L")
        try text.write(toFile: logs.folder.path(of: edited), atomically: true, encoding: .utf8)
        try "short\n".write(toFile: logs.folder.path(of: shortened), atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: logs.folder.path(of: removed))
        let housekeeper = logs.housekeeper()
        for _ in 1...3 { try logs.tidy(housekeeper) }
        #expect(logs.alterations.count == 3, "\(logs.alterations)")
        #expect(logs.alterations.contains { $0.contains("its SHA-256 is") })
        #expect(logs.alterations.contains { $0.contains("it has 6 bytes") })
        #expect(logs.alterations.contains { $0.contains("removed or moved away") })
        for batch in [edited, shortened, removed] {
            let now = try #require(try logs.stored(batch))
            #expect(now.state == .failed)
            #expect(now.lastError?.hasSuffix("restore it from a copy, or do without these lines.") == true)
        }
        #expect(try logs.stored(untouched)?.state == .closed)
        // It lies where failed ones do, and stays whatever time goes by. What is gone is forgotten in the end.
        logs.now.milliseconds += 400 * KeptLogs.day
        try logs.tidy(housekeeper)
        let names = Set(logs.files().map { ($0 as NSString).deletingLastPathComponent })
        #expect(names == ["web-1/access/failed"])
        #expect(logs.files().count == 2)
        #expect(try logs.stored(removed) == nil)
        #expect(logs.log.lines(with: "notice", "it is forgotten").count == 1)
    }

    @Test func aSentFileIsTheUsersToChange() throws {
        let logs = try KeptLogs()
        let edited = try logs.add(.sent, delivery: "edw", closed: logs.ago(1))
        let removed = try logs.add(.sent, delivery: "edw", closed: logs.ago(1))
        try "other\n".write(toFile: logs.folder.path(of: edited), atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: logs.folder.path(of: removed))
        let housekeeper = logs.housekeeper()
        for _ in 1...3 { try logs.tidy(housekeeper) }
        #expect(logs.alterations == [])
        #expect(try logs.stored(edited)?.state == .sent)
        #expect(try logs.stored(removed)?.state == .sent)
        #expect(logs.log.lines(with: "notice a batch that was sent is not compressed").count == 2)
        logs.now.milliseconds += 8 * KeptLogs.day
        try logs.tidy(housekeeper)
        #expect(try logs.stored(edited) == nil)
        #expect(try logs.stored(removed) == nil)
        #expect(logs.files() == [])
    }

    @Test func whatItsDeliveryReportsMeanwhileIsNotOverwritten() throws {
        let logs = try KeptLogs()
        let batch = try logs.add(.sent, delivery: "edw", closed: logs.ago(1))
        let housekeeper = logs.housekeeper()
        // Recorded later than what is read in the round after it.
        try housekeeper.makeRound()
        try housekeeper.makeRound()
        try housekeeper.endPending()
        #expect(logs.files().count == 2, "the plain file stays until the journal knows of the other")
        try logs.record()
        try housekeeper.endPending()
        #expect(logs.files() == ["web-1/access/sent/\(batch.fileName).gz"])
        #expect(logs.log.lines(with: "compressed 1 file").count == 1)
    }

    // MARK: Ending, and a full disk

    @Test func itEndsAtOnceAndLeavesNothingHalfMade() throws {
        let logs = try KeptLogs()
        for _ in 1...5 { try logs.add(closed: logs.ago(1)) }
        let before = logs.files()
        logs.signal.finish(by: .now + .seconds(2))
        try logs.tidy(logs.housekeeper())
        #expect(logs.files() == before)
        logs.housekeeper().run()
        #expect(logs.files() == before)
    }

    @Test func aThreadOfItsOwnTidiesUp() throws {
        let logs = try KeptLogs()
        let old = try logs.add(closed: logs.ago(8))
        let housekeeper = Unsendable(logs.housekeeper())
        let thread = try NamedThread(name: "housekeeping") { housekeeper.value.run() }
        let end = ContinuousClock.now + .seconds(20)
        while logs.log.lines(with: "housekeeping: removed 1 file").isEmpty, ContinuousClock.now < end { usleep(5_000) }
        logs.signal.finish(by: .now)
        thread.join()
        try logs.record()
        #expect(try logs.stored(old) == nil)
        guard case .diskUse(_, nil, false, _) = logs.events.first else {
            Issue.record("the disk is told of first: \(logs.events)")
            return
        }
    }

    @Test(.enabled(if: SmallFileSystem.isPossible, "only root may mount a file system to fill"))
    func onAFullFileSystemFilesAreStillRemoved() throws {
        let small = try #require(try SmallFileSystem(megabytes: 24))
        let logs = try KeptLogs(in: small.folder)
        let old = try logs.add(closed: logs.ago(8), content: String(repeating: "old\n", count: 1 << 19))
        // What cannot be compressed to fit into what is left.
        var generator = SeededGenerator(seed: 1)
        let noise = Data(generator.bytes(3 << 20)).base64EncodedString() + "\n"
        let large = try logs.add(closed: logs.ago(1), content: noise)
        let budget = DiskBudget(budget: nil, stateDirectory: small.folder.path, leastFree: 4 << 20)
        #expect(budget.mayPull)
        small.fill()
        let housekeeper = logs.housekeeper(budget: budget)
        for _ in 1...3 {
            housekeeper.tick()
            // The journal has no room either, at first.
            try? logs.record()
            try housekeeper.endPending()
        }
        #expect(!budget.mayPull)
        #expect(try logs.stored(old) == nil)
        #expect(try logs.read(large) == noise)
        #expect(try logs.stored(large)?.isCompressed == false)
        #expect(logs.files() == ["web-1/access/\(large.fileName)"])
        #expect(logs.log.lines(with: "error housekeeping", "No space left on device").count == 1, "\(logs.log.text)")
        // There is room again: all of it goes on by itself.
        try FileManager.default.removeItem(atPath: "\(small.folder.path)/filler")
        try logs.tidy(housekeeper)
        #expect(try logs.stored(large)?.isCompressed == true)
        #expect(try logs.read(large) == noise)
    }
}

/// What one thread makes and another alone uses.
private struct Unsendable<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
