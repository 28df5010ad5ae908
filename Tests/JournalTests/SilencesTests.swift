import Foundation
import Testing
import Wire

@testable import Journal

/// What `metricsd silence` writes beside the daemon.
@Suite struct SilencesTests {
    private func silence(_ host: String, from: Double = 0, until: Double, isDuration: Bool = true) -> StoredSilence {
        StoredSilence(
            host: host,
            from: at(from),
            until: at(until),
            isDuration: isDuration,
            reason: "kernel update",
            author: "root"
        )
    }

    @Test func anotherProcessWritesAndTheDaemonReads() throws {
        let fixture = try JournalFixture()
        let daemon = try fixture.open()
        let command = try Journal(joiningAt: fixture.path)
        var first = silence("web-*", until: 7_200)
        first.type = "cpu_percent"
        first.id = try command.add(first)
        var second = silence("db-1", until: 3_600)
        second.id = try command.add(second)
        #expect(try daemon.activeSilences(at: at(10)) == [first, second])
        #expect(try daemon.activeSilences(at: at(3_600)) == [first])
        #expect(try command.endSilence(first.id, at: at(3_700)))
        #expect(try daemon.activeSilences(at: at(3_700)) == [])
        #expect(try command.silence(first.id)?.endedAt == at(3_700))
        #expect(try !command.endSilence(first.id, at: at(3_800)), "over already")
        #expect(try !command.endSilence(second.id, at: at(3_800)), "over by itself")
        #expect(try command.silence(99) == nil)
        // Both go on writing.
        try daemon.commit(group(1))
        #expect(try wholeGroups(in: daemon) == 1)
    }

    @Test func theySurviveTheirDaemonAndNumbersAreNeverGivenTwice() throws {
        let fixture = try JournalFixture()
        do { #expect(try fixture.open().add(silence("web-1", until: 60)) == 1) }
        let journal = try fixture.open()
        #expect(try journal.activeSilences(at: at(0)).map(\.id) == [1])
        try journal.pruneSilences(before: at(61))
        #expect(try journal.silence(1) == nil)
        #expect(try journal.add(silence("web-1", until: 60)) == 2)
    }

    @Test func aClockThatIsSetMovesWhatWasAskedForAsATime() throws {
        let journal = try JournalFixture().open()
        _ = try journal.add(silence("a", until: 7_200))
        _ = try journal.add(silence("b", until: 7_200, isDuration: false))
        _ = try journal.add(silence("c", until: 60))
        let ended = try journal.add(silence("d", until: 7_200))
        _ = try journal.endSilence(ended, at: at(10))
        // By the new clock, an hour later.
        _ = try journal.add(silence("e", from: 3_700, until: 10_900))
        try journal.moveSilences(by: 3_600_000, before: at(100))
        #expect(
            try journal.activeSilences(at: at(0)).map {
                "\($0.host) \(($0.until.milliseconds - at(0).milliseconds) / 1_000)"
            }
                == ["a 10800", "b 7200", "c 60", "e 10900"]
        )
    }

    @Test func withoutAJournalNothingIsCreated() throws {
        let fixture = try JournalFixture()
        let error = try #require(throws: JournalError.self) { try Journal(joiningAt: fixture.path) }
        #expect(error.kind == .missing)
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test func oneOfAnEarlierVersionIsLeftToItsDaemon() throws {
        let fixture = try JournalFixture()
        let written = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/version-1.sqlite")
        try Data(contentsOf: written).write(to: URL(fileURLWithPath: fixture.path))
        let error = try #require(throws: JournalError.self) { try Journal(joiningAt: fixture.path) }
        #expect(error.kind == .olderSchema)
        #expect(error.description.contains("`metricsd run` brings it up to date"))
    }
}
