import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// Logs that are renamed, copied and truncated. Where a test has two cases, the probe is killed before the poll in one.
struct RotationTests {
    @Test(arguments: [false, true]) func readsARenamedFileOnWhileItsWriterHoldsIt(isKilled: Bool) throws {
        let log = try FollowedLog()
        let writer = try LogWriter(log.path)
        writer.write("one\n")
        log.poll()
        log.rename("access.log", "access.log.1")
        try log.append("three\n")
        writer.write("two\n")
        if isKilled { log.restart() }
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\n")
        writer.write("four\n")
        if isKilled { log.restart() }
        log.poll()
        try log.append("five\n")
        log.poll()
        #expect(log.takeText() == "four\nfive\n")
        #expect(log.losses.isEmpty)
    }

    @Test func followsARenamedFileUntilItHasNotGrownForTheGrace() throws {
        let log = try FollowedLog(grace: 60_000)
        let writer = try LogWriter(log.path)
        writer.write("one\n")
        log.poll()
        log.rename("access.log", "access.log.1")
        try log.append("new\n")
        log.poll()
        for _ in 0..<3 {
            log.clock.milliseconds += 59_000
            writer.write("late\n")
            log.poll()
        }
        #expect(log.takeText() == "one\nnew\nlate\nlate\nlate\n")
        #expect(log.cursors.map(\.isFinished) == [false, false])
        log.clock.milliseconds += 60_000
        log.poll()
        #expect(log.cursors.map(\.isFinished) == [true, false])
    }

    @Test(arguments: [false, true]) func readsACopyAndThenTheTruncatedFile(isKilled: Bool) throws {
        let log = try FollowedLog()
        try log.append("one\ntwo\n")
        log.poll()
        try log.append("three\nfour\n")
        try log.copyTruncate("access.log.1")
        try log.append("five\n")
        if isKilled { log.restart() }
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\nfour\nfive\n")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [false, true]) func noticesThatATruncatedFileHasGrownPastTheOffset(isKilled: Bool) throws {
        let log = try FollowedLog()
        try log.append("one\ntwo\n")
        log.poll()
        _ = log.takeText()
        precondition(truncate(log.path, 0) == 0)
        try log.append("three\nfour\nfive\n")
        if isKilled { log.restart() }
        log.poll()
        #expect(log.takeText() == "three\nfour\nfive\n")
        // Whether there was more before the truncation, only who had the file open would know.
        #expect(log.losses.map(\.bytes) == (isKilled ? [nil] : []))
    }

    @Test(arguments: [false, true]) func findsTheCopyOfAFileThatHasGrownPastTheOffset(isKilled: Bool) throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        try log.copyTruncate("access.log.1")
        try log.append("three\nfour\nfive\n")
        if isKilled { log.restart() }
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\nfour\nfive\n")
    }

    @Test(arguments: [false, true]) func readsAllGenerationsBetweenTwoPolls(isKilled: Bool) throws {
        let log = try FollowedLog()
        var expected = ""
        for generation in 0..<17 {
            let lines = "first of \(generation)\nsecond of \(generation)\n"
            try log.append(lines)
            expected += lines
            if generation == 0 { log.poll() }
            if generation == 16 { break }
            for number in stride(from: generation, through: 1, by: -1) {
                log.rename("access.log.\(number)", "access.log.\(number + 1)")
            }
            log.rename("access.log", "access.log.1")
        }
        if isKilled { log.restart() }
        let report = log.poll()
        #expect(report.isAtEnd && report.losses.isEmpty)
        #expect(log.takeText() == expected)
    }

    @Test(arguments: ["access.log-20261121", "access.log-20261121-1763700000", "access-20261121.log", "access.log.old"])
    func findsARotatedFileByAnyOfTheUsualNames(name: String) throws {
        let log = try FollowedLog()
        log.poll()
        // Nothing was read of either, so that only the names tell.
        try log.append("one\n")
        log.rename("access.log", name)
        try log.append("two\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\ntwo\n")
    }

    @Test func readsGenerationsWithDatesInTheirOrder() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        for (line, day) in [("two", 21), ("three", 22), ("four", 23)] {
            log.rename("access.log", "access.log-202611\(day - 1)")
            try log.append("\(line)\n")
        }
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\nfour\n")
    }

    @Test(arguments: [false, true]) func tellsFilesWithIdenticalHeadsApart(isKilled: Bool) throws {
        let log = try FollowedLog()
        let head = (0..<100).map { "the same line \($0) in every file\n" }.joined()
        try log.append(head + "one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        try log.append(head + "three\n")
        log.rename("access.log.1", "access.log.2")
        log.rename("access.log", "access.log.1")
        try log.append(head + "four\n")
        if isKilled { log.restart() }
        log.poll()
        #expect(log.takeText() == head + "one\ntwo\n" + head + "three\n" + head + "four\n")
        #expect(log.losses.isEmpty)
    }

    @Test func knowsANewFileThatWasGivenTheOldInode() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        log.restart()
        // The number is the same, as where the system uses it again.
        precondition(truncate(log.path, 0) == 0)
        try log.append("two\nthree\n")
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\n")
        #expect(log.losses.map(\.bytes) == [nil])
    }

    @Test func goesOnAfterARebootGaveTheDeviceAnotherNumber() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        try log.append("three\n")
        for index in log.cursors.indices { log.cursors[index].device += 1 }
        log.restart()
        log.poll()
        for index in log.cursors.indices { log.cursors[index].device += 1 }
        try log.append("four\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\nfour\n")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [false, true]) func readsANewFileFromItsBeginningAfterTheNameWasAbsent(isKilled: Bool) throws {
        let log = try FollowedLog()
        log.start = .end
        try log.append("old\n")
        log.poll()
        try log.append("one\n")
        log.rename("access.log", "access.log.1")
        for _ in 0..<3 {
            if isKilled { log.restart() }
            #expect(log.poll().condition == .missing)
        }
        try log.append("two\n")
        if isKilled { log.restart() }
        log.poll()
        #expect(log.takeText() == "one\ntwo\n")
    }

    @Test func readsALogFromItsBeginningThatWasMissingAtTheStart() throws {
        let log = try FollowedLog()
        log.start = .end
        try log.append("before\n", to: "access.log.1")
        let report = log.poll()
        #expect(report.condition == .missing && report.isAtEnd && !report.cursors.isEmpty)
        try log.append("one\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\n")
    }

    @Test func readsWhatIsLeftOfADeletedFile() throws {
        let log = try FollowedLog()
        let writer = try LogWriter(log.path)
        writer.write("one\n")
        log.poll()
        writer.write("two\n")
        log.remove("access.log")
        try log.append("four\n")
        log.poll()
        writer.write("three\n")
        log.poll()
        #expect(log.takeText() == "one\ntwo\nfour\nthree\n")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [false, true]) func givesTheLastLineOfAFinishedFileWithoutItsEndOnce(isKilled: Bool) throws {
        let log = try FollowedLog()
        try log.append("one\ntw")
        log.poll()
        log.rename("access.log", "access.log.1")
        try log.append("three\n")
        log.poll()
        #expect(log.takeText() == "one\nthree\n")
        if isKilled {
            log.restart()
            log.poll()
        }
        log.clock.milliseconds += 60_000
        log.poll()
        #expect(log.takeText() == "tw")
        if isKilled { log.restart() }
        log.clock.milliseconds += 60_000
        log.poll()
        #expect(log.takeText() == "")
    }

    @Test func followsASymbolicLinkThatIsSwitched() throws {
        let log = try FollowedLog("current.log")
        func link(to name: String) throws {
            unlink(log.path)
            try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: name)
        }
        try log.append("one\n", to: "a.log")
        try link(to: "a.log")
        log.poll()
        try log.append("two\n", to: "a.log")
        try log.append("three\n", to: "b.log")
        try link(to: "b.log")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\n")
        // And back again, to a file that is read already but for its end.
        log.clock.milliseconds += 60_000
        log.poll()
        try log.append("four\n", to: "b.log")
        try log.append("five\n", to: "a.log")
        try link(to: "a.log")
        log.poll()
        #expect(log.takeText() == "four\nfive\n")
    }

    @Test func followsALinkToAFileInAnotherFolder() throws {
        let log = try FollowedLog("current.log")
        try FileManager.default.createDirectory(atPath: "\(log.folder.path)/data", withIntermediateDirectories: false)
        try log.append("one\n", to: "data/1.log")
        try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: "data/1.log")
        log.poll()
        try log.append("two\n", to: "data/1.log")
        try log.append("three\n", to: "data/2.log")
        unlink(log.path)
        try FileManager.default.createSymbolicLink(atPath: log.path, withDestinationPath: "data/2.log")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\n")
    }
}
