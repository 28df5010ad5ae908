import Foundation
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct DamagedJournalTests {
    /// A journal of fifty groups, spoilt; gives its bytes.
    private func spoilt(_ defect: String, in fixture: JournalFixture) throws -> Data {
        do {
            let journal = try fixture.open()
            for number in 1...50 { try journal.commit(group(number)) }
        }
        let url = URL(fileURLWithPath: fixture.path)
        var bytes = try Data(contentsOf: url)
        switch defect {
        case "head": bytes.replaceSubrange(0..<100, with: Data(repeating: 0x5a, count: 100))
        case "middle":
            bytes.replaceSubrange(4_096..<bytes.count, with: Data(repeating: 0x5a, count: bytes.count - 4_096))
        case "cut": bytes = bytes.prefix(bytes.count / 2)
        default: bytes = Data("this was an editor's doing\n".utf8)
        }
        try bytes.write(to: url)
        return bytes
    }

    @Test(arguments: ["head", "middle", "cut", "text"])
    func isSetAsideWithItsEvidenceAndANewOneBegun(defect: String) throws {
        let fixture = try JournalFixture()
        let bytes = try spoilt(defect, in: fixture)
        try fixture.folder.file("\(Journal.fileName)-wal", "what was written last")
        let opened = try Journal.openSettingDamagedAside(at: fixture.path, now: at(0))
        let damaged = try #require(opened.damaged)
        #expect(damaged.bytes == Int64(bytes.count))
        #expect(damaged.folder == "\(fixture.folder.path)/set-aside/journal-20261120184000")
        let kept = { (name: String) in FileManager.default.contents(atPath: "\(damaged.folder)/\(name)") }
        #expect(kept(Journal.fileName) == bytes)
        let finding = String(decoding: try #require(kept("finding.txt")), as: UTF8.self)
        #expect(finding.contains(damaged.finding) && finding.contains(fixture.path))
        #expect(try opened.journal.backlog().count == 0)
        try opened.journal.commit(group(1))
        #expect(try wholeGroups(in: Journal(readingAt: fixture.path)) == 1)
        #expect(try Journal.openSettingDamagedAside(at: fixture.path, now: at(9)).damaged == nil)
    }

    @Test func aWholeJournalIsOpenedAsItIs() throws {
        let fixture = try JournalFixture()
        do { try fixture.open().commit(group(1)) }
        let opened = try Journal.openSettingDamagedAside(at: fixture.path, now: at(9))
        #expect(opened.damaged == nil)
        #expect(try wholeGroups(in: opened.journal) == 1)
    }

    @Test func aSecondDamageKeepsTheEvidenceOfTheFirst() throws {
        let fixture = try JournalFixture()
        let first = try spoilt("head", in: fixture)
        let one = try #require(try Journal.openSettingDamagedAside(at: fixture.path, now: at(0)).damaged)
        try Data("text".utf8).write(to: URL(fileURLWithPath: fixture.path))
        let other = try #require(try Journal.openSettingDamagedAside(at: fixture.path, now: at(0)).damaged)
        #expect(one.folder != other.folder)
        #expect(FileManager.default.contents(atPath: "\(one.folder)/\(Journal.fileName)") == first)
    }

    @Test func damageThatIsFoundWhileItIsUsedIsToldOnceAndRememberedForTheNextStart() throws {
        let fixture = try JournalFixture()
        let found = Counter()
        do {
            let journal = try fixture.open()
            journal.whenDamaged { found.add() }
            // More than the cache and the write-ahead log hold.
            for number in 1...40 { try journal.commit(group(number, payloadBytes: 100_000)) }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.path))
            let size = try file.seekToEnd()
            try file.seek(toOffset: 4_096)
            try file.write(contentsOf: Data(repeating: 0x5a, count: Int(size) - 4_096))
            for _ in 1...2 {
                let error = #expect(throws: JournalError.self) { try journal.records(after: 0, limitBytes: .max) }
                #expect(error?.kind == .damaged)
            }
        }
        #expect(found.count == 1)
        #expect(try Journal.openSettingDamagedAside(at: fixture.path, now: at(9)).damaged != nil)
        #expect(try Journal.openSettingDamagedAside(at: fixture.path, now: at(9)).damaged == nil)
    }

    /// Somebody moved it away, or mended it, between the finding and the next start.
    @Test(arguments: ["moved", "mended"])
    func whatWasFoundOfAnotherFileIsForgotten(deed: String) throws {
        let fixture = try JournalFixture()
        do { try fixture.open().commit(group(1)) }
        Journal.noteDamage(of: fixture.path)
        if deed == "moved" { try FileManager.default.removeItem(atPath: fixture.path) }
        for start in 1...2 {
            let opened = try Journal.openSettingDamagedAside(at: fixture.path, now: at(9))
            #expect(opened.damaged == nil)
            if start == 1, deed == "moved" { try opened.journal.commit(group(1)) }
            #expect(try wholeGroups(in: opened.journal) == 1)
        }
        #expect(!Journal.hasNoteOfDamage(fixture.path))
    }

    @Test func aNewerJournalIsNotTouched() throws {
        let fixture = try JournalFixture()
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/newer-schema.sqlite")
        try FileManager.default.copyItem(at: written, to: URL(fileURLWithPath: fixture.path))
        let error = #expect(throws: JournalError.self) {
            try Journal.openSettingDamagedAside(at: fixture.path, now: at(9))
        }
        #expect(error?.kind == .newerSchema)
    }
}

private final class Counter: @unchecked Sendable {
    // Only one thread is there.
    private(set) var count = 0
    func add() { count += 1 }
}
