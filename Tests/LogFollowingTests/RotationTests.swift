import Foundation
import LogFollowing
import Testing
import Wire

/// Logs that are renamed, copied and truncated.
struct RotationTests {
    @Test(arguments: [false, true]) func readsARenamedFileOnWhileItsWriterHoldsIt(isRestarted: Bool) throws {
        let log = try FollowedLog()
        let writer = try LogWriter(log.path)
        writer.write("one\n")
        log.poll()
        log.rename("access.log", "access.log.1")
        try log.append("three\n")
        writer.write("two\n")
        if isRestarted { log.restart() }
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\n")
        writer.write("four\n")
        if isRestarted { log.restart() }
        log.poll()
        try log.append("five\n")
        log.poll()
        #expect(log.takeText() == "four\nfive\n")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [false, true]) func readsACopyAndThenTheTruncatedFile(isRestarted: Bool) throws {
        let log = try FollowedLog()
        try log.append("one\ntwo\n")
        log.poll()
        try log.append("three\nfour\n")
        try log.copyTruncate("access.log.1")
        try log.append("five\n")
        if isRestarted { log.restart() }
        log.poll()
        #expect(log.takeText() == "one\ntwo\nthree\nfour\nfive\n")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [false, true]) func noticesThatATruncatedFileHasGrownPastTheOffset(isRestarted: Bool) throws {
        let log = try FollowedLog()
        try log.append("one\ntwo\n")
        log.poll()
        _ = log.takeText()
        precondition(truncate(log.path, 0) == 0)
        try log.append("three\nfour\nfive\n")
        if isRestarted { log.restart() }
        log.poll()
        #expect(log.takeText() == "three\nfour\nfive\n")
        #expect(log.losses.isEmpty)
    }
}
