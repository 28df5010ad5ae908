import Foundation
import TestServers
import Testing
import Wire

@testable import Journal

@Suite struct OpeningTests {
    @Test func statusReadsWhileTheDaemonWrites() throws {
        let fixture = try JournalFixture()
        let daemon = try fixture.open()
        let reader = try Journal(readingAt: fixture.path)
        for number in 1...20 {
            try daemon.commit(group(number))
            #expect(try wholeGroups(in: reader) == number)
        }
        let error = try #require(throws: JournalError.self) { try reader.commit(group(21)) }
        #expect(error.kind == .readOnly)
    }

    @Test func statusReadsAfterTheDaemonHasEnded() throws {
        let fixture = try JournalFixture()
        do { try fixture.open().commit(group(1)) }
        #expect(try wholeGroups(in: try Journal(readingAt: fixture.path)) == 1)
    }

    @Test func readingWithoutAJournalSaysSoAndCreatesNone() throws {
        let fixture = try JournalFixture()
        let error = try #require(throws: JournalError.self) { try Journal(readingAt: fixture.path) }
        #expect(error.kind == .missing)
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test(arguments: ["head", "middle", "text"])
    func aDamagedFileIsNamedAndLeftAlone(defect: String) throws {
        let fixture = try JournalFixture()
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
        default: bytes = Data("this was an editor's doing\n".utf8)
        }
        try bytes.write(to: url)
        let error = try #require(throws: JournalError.self) { try fixture.open() }
        #expect(error.kind == .damaged)
        #expect(!error.isTransient)
        #expect(error.description.contains(fixture.path) && error.description.contains("set-aside/"))
        #expect(try Data(contentsOf: url) == bytes)
    }

    @Test func aJournalOfVersion1IsBroughtUpToDate() throws {
        let fixture = try JournalFixture()
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/version-1.sqlite")
        try FileManager.default.copyItem(at: written, to: URL(fileURLWithPath: fixture.path))
        let early = try #require(throws: JournalError.self) { try Journal(readingAt: fixture.path) }
        #expect(early.kind == .olderSchema)
        let journal = try fixture.open()
        #expect(try journal.records(after: 0, limitBytes: .max).map(\.record.payload.count) == [41, 159])
        #expect(try journal.hostStates().map(\.host) == ["web-1"])
        #expect(try journal.logStates() == [])
        let name = LogName(host: "web-1", log: "access")
        let progress = LogProgress(name: name, state: [7], status: LogStatusRecord(path: "/var/log/access.log"))
        try journal.commit(JournalGroup(createdAt: at(0), logs: [progress]))
        #expect(try Journal(readingAt: fixture.path).logStatuses().keys.map(\.log) == ["access"])
    }

    @Test func aJournalOfVersion2IsBroughtUpToDate() throws {
        let fixture = try JournalFixture()
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/version-2.sqlite")
        try FileManager.default.copyItem(at: written, to: URL(fileURLWithPath: fixture.path))
        let early = try #require(throws: JournalError.self) { try Journal(readingAt: fixture.path) }
        #expect(early.kind == .olderSchema)
        let journal = try fixture.open()
        #expect(try journal.records(after: 0, limitBytes: .max).map(\.record.payload.count) == [41, 159])
        let name = LogName(host: "web-1", log: "access")
        #expect(try journal.logStates().map(\.name) == [name])
        #expect(try journal.logStates().map(\.state) == [Array("state".utf8)])
        #expect(try journal.logStatuses()[name]?.lines == 7)
        #expect(try journal.logWindows(of: name).map(\.state) == [Array("window".utf8)])
        #expect(try journal.batchDiskUse() == (0, 0))
        let batch = try journal.batch()
        #expect(try Journal(readingAt: fixture.path).openBatches() == [batch])
    }

    @Test func aNewerSchemaIsRefused() throws {
        let fixture = try JournalFixture()
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/newer-schema.sqlite")
        try FileManager.default.copyItem(at: written, to: URL(fileURLWithPath: fixture.path))
        for open in [{ try fixture.open() }, { try Journal(readingAt: fixture.path) }] {
            let error = try #require(throws: JournalError.self) { try open() }
            #expect(error.kind == .newerSchema)
            #expect(error.description.contains("newer metricsd"))
        }
    }

    @Test func aDirectoryThatIsNotThereIsNamed() throws {
        let folder = try TestFolder("journal")
        let error = try #require(throws: JournalError.self) { try Journal(at: "\(folder.path)/none/journal.sqlite") }
        #expect(error.kind == .inaccessible)
        #expect(error.description.contains("No such file or directory"))
    }
}

@Suite struct StateDirectoryLockTests {
    @Test func aSecondDaemonIsRefusedAndToldOfTheFirst() throws {
        let folder = try TestFolder("lock")
        let directory = "\(folder.path)/state"
        #expect(StateDirectoryLock.owner(of: directory) == .none)
        do {
            let first = try StateDirectoryLock(directory: directory)
            let error = try #require(throws: JournalError.self) { try StateDirectoryLock(directory: directory) }
            #expect(error.kind == .alreadyRunning(pid: getpid()))
            #expect(error.description.contains("pid \(getpid())"))
            #expect(StateDirectoryLock.owner(of: directory) == .running(pid: getpid()))
            withExtendedLifetime(first) {}
        }
        #expect(StateDirectoryLock.owner(of: directory) == .none)
        _ = try StateDirectoryLock(directory: directory)
        let mode = try FileManager.default.attributesOfItem(atPath: directory)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func aProcessThatDiedHoldsNothing() throws {
        let folder = try TestFolder("lock")
        let directory = folder.path
        try folder.file("lock", "4711\n")
        // flock(1) becomes `sleep`, which holds the lock.
        let other = try TestProcess(
            "flock",
            ["--no-fork", "--nonblock", "\(directory)/lock", "sleep", "60"],
            package: "util-linux",
            log: "\(directory)/log"
        )
        try other.waitUntilReady("flock") { StateDirectoryLock.owner(of: directory) != .none }
        let error = try #require(throws: JournalError.self) { try StateDirectoryLock(directory: directory) }
        #expect(error.kind == .alreadyRunning(pid: 4711))
        other.stop(with: SIGKILL)
        #expect(StateDirectoryLock.owner(of: directory) == .none)
        _ = try StateDirectoryLock(directory: directory)
    }
}
