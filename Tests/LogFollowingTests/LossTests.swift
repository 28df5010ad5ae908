import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// What cannot be read any more is declared, with what is known of it, and once; nothing else is.
struct LossTests {
    /// A log of which the first chunk was read, and 14 bytes behind it are known.
    private func partlyRead() throws -> FollowedLog {
        let log = try FollowedLog(lineLimit: 10)
        log.chunkBytes = 11
        try log.append("one\ntwo\n" + "three\nfour\nfi")
        log.poll(chunks: 1)
        #expect(log.takeText() == "one\ntwo\n")
        log.chunkBytes = 1_000
        return log
    }

    @Test func declaresWhatATruncationDestroyed() throws {
        let log = try partlyRead()
        precondition(truncate(log.path, 0) == 0)
        try log.append("new\n")
        let report = log.poll()
        #expect(log.takeText() == "new\n")
        #expect(report.losses == [LogLoss(cause: .truncated, file: log.path, bytes: 13)])
        log.restart()
        #expect(log.poll().losses.isEmpty)
    }

    @Test(arguments: [false, true]) func declaresWhatWasRemoved(isNewThere: Bool) throws {
        let log = try partlyRead()
        log.restart()
        // Another file first, so that the inode is not the same.
        try log.append("new\n", to: "other")
        log.remove("access.log")
        if isNewThere { log.rename("other", "access.log") }
        #expect(log.poll().losses == [LogLoss(cause: .removed, file: log.path, bytes: 13)])
        #expect(log.takeText() == (isNewThere ? "new\n" : ""))
        log.restart()
        #expect(log.poll().losses.isEmpty)
    }

    @Test func declaresItAgainWhereTheAnswerWasCut() throws {
        let log = try partlyRead()
        precondition(truncate(log.path, 0) == 0)
        try log.append("new\n")
        log.follower.begin(LogRead(log: 3, start: .end, cursors: log.cursors))
        let chunk = try #require(log.follower.nextChunk(maximumBytes: 1_000))
        log.take(chunk)
        // The report never came.
        log.restart()
        #expect(log.poll().losses.map(\.bytes) == [13])
        #expect(log.takeText() == "new\n")
    }

    @Test func declaresNothingWhereEverythingHadBeenRead() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        precondition(truncate(log.path, 0) == 0)
        log.poll()
        try log.append("two\n")
        log.poll()
        log.remove("access.log")
        log.poll()
        #expect(log.takeText() == "one\ntwo\n")
        #expect(log.losses.isEmpty)
    }

    @Test func declaresThatNobodyKnowsWhatAFileHeldThatWentUnwatched() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        log.restart()
        log.remove("access.log")
        try log.append("two\n")
        let losses = log.poll().losses
        // The system may have used its inode again.
        #expect(losses.map(\.bytes) == [nil] && losses.map(\.file) == [log.path])
        #expect(log.poll().losses.isEmpty)
        #expect(log.takeText() == "one\ntwo\n")
    }

    @Test(arguments: ["xz", "bzip2", "zstd"]) func declaresACopyInACompressionThatIsNotRead(tool: String) throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        // The log's time tells that something was added; the tools keep it.
        let ending = ["xz": "xz", "bzip2": "bz2", "zstd": "zst"][tool] ?? ""
        log.rename("access.log.1", "access.log.1.\(ending)")
        precondition(truncate("\(log.folder.path)/access.log.1.\(ending)", 30) == 0)
        try log.append("garbage", to: "access.log.1.\(ending)")
        try log.append("three\n")
        try breakInodes(log)
        log.restart()
        let report = log.poll()
        #expect(report.losses == [LogLoss(cause: .unreadableCopy, file: "\(log.path).1.\(ending)", bytes: nil)])
        #expect(log.takeText() == "one\nthree\n")
        log.restart()
        #expect(log.poll().losses.isEmpty)
    }

    /// As if the packed file had been written anew.
    private func breakInodes(_ log: FollowedLog) throws {
        for index in log.cursors.indices { log.cursors[index].inode += 1_000_000_000 }
    }

    @Test func declaresGenerationsThatAreNotRead() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        log.rename("access.log", "access.log.2")
        try log.append("packed", to: "access.log.1.xz")
        try log.append("three\n")
        let report = log.poll()
        #expect(report.losses == [LogLoss(cause: .unreadableCopy, file: "\(log.path).1.xz", bytes: nil)])
        #expect(log.takeText() == "one\nthree\n")
        log.restart()
        #expect(log.poll().losses.isEmpty)
    }

    @Test func declaresWhatACopyLacks() throws {
        let log = try partlyRead()
        try Data("one\ntwo\nthree\n".utf8).write(to: URL(fileURLWithPath: "\(log.path).1"))
        precondition(truncate(log.path, 0) == 0)
        try log.append("new\n")
        log.poll()
        #expect(log.takeText() == "three\nnew\n")
        log.clock.milliseconds += 60_000
        #expect(log.poll().losses == [LogLoss(cause: .truncated, file: "\(log.path).1", bytes: 7)])
    }

    @Test func declaresARotatedFileThatMayNotBeReadAfterTheGrace() throws {
        let log = try partlyRead()
        log.rename("access.log", "access.log.1")
        try log.append("new\n")
        precondition(chmod("\(log.path).1", 0) == 0)
        log.restart()
        try asNobody(log) {
            #expect(log.poll().losses.isEmpty)
            #expect(log.takeText() == "")
            log.clock.milliseconds += 60_000
            #expect(log.poll().losses == [LogLoss(cause: .readFailed, file: "\(log.path).1", bytes: 13)])
            log.poll()
            #expect(log.takeText() == "new\n")
        }
    }
}
