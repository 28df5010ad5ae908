import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct FullDiskTests {
    @Test func aFullDiskRefusesTheWholeGroupAndSpaceHeals() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open(pageLimit: 200)
        let number = try fill(journal)
        #expect(try wholeGroups(in: journal, recordsPerGroup: 20) == number)
        // Reading and removing work while it is full, and then there is room again.
        let half = try journal.records(after: 0, limitBytes: .max)
        try journal.removeRecords(through: half[half.count / 2].id)
        try journal.commit(group(number + 1, records: 20))
    }

    @Test(.enabled(if: SmallFileSystem.isPossible, "only root may mount a file system to fill"))
    func drainsWorkOnAFullFileSystem() throws {
        let small = try #require(try SmallFileSystem(megabytes: 24))
        let journal = try Journal(at: "\(small.folder.path)/\(Journal.fileName)")
        // Somebody else's file, which goes in the end.
        let other = "\(small.folder.path)/other"
        try Data(repeating: 1, count: 8 << 20).write(to: URL(fileURLWithPath: other))
        var sending = try journal.batch { ($0.state, $0.closedAt) = (.closed, at(5)) }
        let number = try fill(journal)
        small.fill()
        #expect(try wholeGroups(in: journal, recordsPerGroup: 20) == number)

        // Nothing new is begun, and what is being delivered goes on.
        let refused = #expect(throws: JournalError.self) {
            for _ in 0..<500 { _ = try journal.openBatch(draft(window: 1)) { "\($0)" } }
        }
        #expect(refused?.kind == .diskFull)
        (sending.isBeingRenamed, sending.remotePath) = (true, "incoming/x")
        try journal.save(sending)
        #expect(try journal.batch(sending.id) == sending)

        // A mail can be queued and everything drained, as SQLite alone could not: its log needs space to delete.
        let due = try journal.dueNotifications(now: at(1e9))
        let mail = OutboxMail(
            messageID: "1",
            recipients: ["ops@example.org"],
            subject: "",
            content: [],
            createdAt: at(0)
        )
        try journal.enqueueMails([mail], consuming: due.flatMap(\.ids))
        var last: Int64 = 0
        while let end = try journal.records(after: last, limitBytes: 256 << 10).last?.id {
            try journal.removeRecords(through: end)
            last = end
        }
        #expect(try journal.backlog().count == 0)
        #expect(try journal.nextMail(now: at(1))?.messageID == "1")
        // There is room for new groups in the pages that are free now.
        try journal.commit(group(1))

        // And once the disk has space again, some of it is put aside again.
        try FileManager.default.removeItem(atPath: other)
        try journal.commit(group(2))
        #expect(FileManager.default.fileExists(atPath: "\(journal.path)-reserve"))
    }

    /// Commits groups until one is refused for lack of space; returns how many were stored.
    private func fill(_ journal: Journal) throws -> Int {
        var number = 0
        let error = try #require(throws: JournalError.self) {
            while number < 2_000 {
                try journal.commit(group(number + 1, records: 20))
                number += 1
            }
        }
        #expect(error.kind == .diskFull)
        #expect(error.isTransient)
        return number
    }
}
