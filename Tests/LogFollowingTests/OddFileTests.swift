import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// What is under a log's name without being a log, cannot be read, or is large in some way.
struct OddFileTests {
    @Test func saysThatADirectoryIsNoFile() throws {
        let log = try FollowedLog()
        try FileManager.default.createDirectory(atPath: log.path, withIntermediateDirectories: false)
        #expect(log.poll().condition == .notAFile)
        rmdir(log.path)
        try log.append("one\n")
        #expect(log.poll().condition == .following)
    }

    @Test func isNotHeldByAPipe() throws {
        let log = try FollowedLog()
        precondition(mkfifo(log.path, 0o644) == 0)
        #expect(log.poll().condition == .notAFile)
        // And it is no reader that a writer would find there.
        #expect(open(log.path, O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO)
    }

    @Test func saysThatADeviceIsNoFile() throws {
        let log = try FollowedLog()
        try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: "/dev/zero")
        #expect(log.poll().condition == .notAFile)
    }

    @Test func saysWhatTheSystemSays() throws {
        let log = try FollowedLog()
        try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: "access.log")
        let report = log.poll()
        #expect(report.condition == .failed && report.errorNumber == ELOOP)
    }

    @Test func saysThatItMayNotRead() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        precondition(chmod(log.path, 0) == 0)
        try asNobody(log) {
            let report = log.poll()
            #expect(report.condition == .denied && report.errorNumber == EACCES && report.cursors.isEmpty)
            chmod(log.folder.path, 0)
            #expect(log.poll().condition == .denied)
        }
        chmod(log.folder.path, 0o755)
        chmod(log.path, 0o644)
        #expect(log.poll().condition == .following)
        #expect(log.takeText() == "one\n")
    }

    @Test func whatItMayNotReadForAWhileIsNotGivenUp() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        log.restart()
        precondition(chmod(log.path, 0) == 0)
        try asNobody(log) {
            for _ in 0..<3 { #expect(log.poll().condition == .denied) }
        }
        chmod(log.path, 0o644)
        try log.append("two\n")
        log.poll()
        #expect(log.takeText() == "one\ntwo\n")
        #expect(log.losses.isEmpty)
    }

    @Test func readsOnWhenItMayReadTheNewFileAgain() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        try log.append("three\n")
        precondition(chmod(log.path, 0) == 0)
        try asNobody(log) {
            for _ in 0..<3 { #expect(log.poll().condition == .denied) }
            #expect(log.takeText() == "one\ntwo\n")
        }
        chmod(log.path, 0o644)
        log.poll()
        #expect(log.takeText() == "three\n")
    }

    @Test(arguments: ["", "/", "/nowhere/at/all/access.log", "/etc/passwd/access.log", "/tmp//"])
    func survivesAnOddPath(path: String) {
        let follower = LogFollower(LogPlan(path: path))
        follower.begin(LogRead(log: 0, start: .end, cursors: []))
        while follower.nextChunk(maximumBytes: 1_000) != nil {}
        let report = follower.report()
        #expect(report.condition == (path.hasSuffix("/") ? .notAFile : .missing))
    }

    @Test func findsARotatedFileAmongAHundredThousand() throws {
        let log = try FollowedLog()
        // Links, which are made faster than files; of one file there may be 65,000 on ext4.
        for half in 0..<2 {
            let other = try log.folder.file("other-\(half)", "")
            for number in 1..<50_000 { precondition(link(other, "\(other)-\(number)") == 0) }
        }
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        try log.append("three\n")
        log.restart()
        let start = ContinuousClock.now
        log.poll()
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(log.takeText() == "one\ntwo\nthree\n")
    }

    @Test func findsTheNewestAmongThousandsOfGenerations() throws {
        let log = try FollowedLog()
        for day in 0..<3_000 { try log.append("old\n", to: "access.log-\(20_150_000 + day)") }
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log-20261120")
        try log.append("three\n")
        log.rename("access.log", "access.log-20261121")
        try log.append("four\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\nfour\n")
    }

    @Test func readsEmptyFiles() throws {
        let log = try FollowedLog()
        try log.append("")
        #expect(log.poll().isAtEnd)
        for _ in 0..<3 {
            log.rename("access.log", "access.log.1")
            try log.append("")
            log.clock.milliseconds += 61_000
            #expect(log.poll().isAtEnd)
        }
        try log.append("one\n")
        log.poll()
        #expect(log.takeText() == "one\n")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [0, 1, 40_000_000]) func passesOverALongLine(extra: Int) throws {
        let log = try FollowedLog(lineLimit: 1_000)
        log.chunkBytes = 4_000
        try log.append("one\n" + String(repeating: "x", count: 1_000 + extra))
        log.poll()
        log.restart()
        log.poll()
        try log.append("\ntwo\n")
        log.poll()
        if extra == 0 {
            #expect(log.longLines == 0)
            #expect(log.takeText().hasPrefix("one\nxxx"))
        } else {
            #expect(log.longLines == 1)
            #expect(log.takeText() == "one\ntwo\n")
        }
        #expect(log.losses.isEmpty)
    }

    @Test func countsALongLineThatARotatedFileEndsWith() throws {
        let log = try FollowedLog(lineLimit: 1_000)
        try log.append("one\n" + String(repeating: "x", count: 5_000))
        log.poll()
        log.rename("access.log", "access.log.1")
        try log.append("two\n")
        log.poll()
        log.clock.milliseconds += 60_000
        log.poll()
        #expect(log.takeText() == "one\ntwo\n")
        #expect(log.longLines == 1)
    }

    @Test(arguments: [100, 5_000, 300_000, 3_000_000_000]) func passesOverTheHoleBeforeAWriterThatDoesNotAppend(
        offset: Int
    ) throws {
        let log = try FollowedLog()
        let writer = try LogWriter(log.path, appending: false)
        writer.write("one\n")
        log.poll()
        writer.seek(to: offset)
        writer.write("two\n")
        // What logrotate's copytruncate leaves is the writer's offset behind a hole.
        precondition(truncate(log.path, 0) == 0)
        writer.write("three\n")
        let start = ContinuousClock.now
        log.poll()
        #expect(ContinuousClock.now - start < .seconds(2))
        writer.write("four\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\nthree\nfour\n")
        #expect(log.longLines == 0 && log.losses.isEmpty)
    }

    @Test func doesNotReadAheadOfWhatIsAllocatedInAdvance() throws {
        let log = try FollowedLog()
        let writer = try LogWriter(log.path, appending: false)
        writer.write("one\n" + String(repeating: "\0", count: 10_000))
        log.poll()
        writer.seek(to: 4)
        writer.write("two\n")
        log.poll()
        #expect(log.takeText() == "one\ntwo\n")
    }

    @Test func survivesAFileThatShrinksWhileItIsRead() throws {
        let log = try FollowedLog(lineLimit: 100)
        try log.append((0..<1_000).map { "line \($0)\n" }.joined())
        log.follower.begin(LogRead(log: 3, start: .beginning, cursors: []))
        for _ in 0..<3 { log.take(try #require(log.follower.nextChunk(maximumBytes: 500))) }
        precondition(truncate(log.path, 20) == 0)
        while let chunk = log.follower.nextChunk(maximumBytes: 500) { log.take(chunk) }
        let report = log.follower.report()
        #expect(report.losses.map(\.cause) == [.truncated])
    }
}
