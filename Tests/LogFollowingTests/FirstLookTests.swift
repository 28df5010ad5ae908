import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// Where a log is taken up that was not followed before.
struct FirstLookTests {
    @Test func beginsBehindTheLastWholeLine() throws {
        let log = try FollowedLog()
        log.start = .end
        try log.append("one\ntwo\nthr")
        #expect(log.poll().isAtEnd)
        try log.append("ee\nfour\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "three\nfour\n")
        #expect(log.header == "")
    }

    @Test func doesNotReadWhatWasRotatedBefore() throws {
        let log = try FollowedLog()
        try log.append("old\n", to: "access.log.1")
        try log.append("older\n", to: "access.log.2")
        try log.append("")
        log.poll()
        try log.append("one\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "one\n")
    }

    @Test func givesTheHeaderOfAFileItBeginsBehind() throws {
        let log = try FollowedLog()
        log.start = .end
        try log.append("#Version: 1.0\n#Fields: date time cs-uri-stem\n2026-11-21 12:00:00 /\n#Date: 2026-11-21\n")
        log.poll()
        #expect(log.header == "#Version: 1.0\n#Fields: date time cs-uri-stem\n")
        #expect(log.takeText() == "")
        try log.append("2026-11-21 12:00:01 /\n")
        log.restart()
        log.poll()
        #expect(log.header == "#Version: 1.0\n#Fields: date time cs-uri-stem\n")
        #expect(log.takeText() == "2026-11-21 12:00:01 /\n")
    }

    @Test func givesTheHeaderThoughTheFirstRequestHadNoRoomForIt() throws {
        let log = try FollowedLog()
        log.start = .end
        try log.append("#Fields: date time cs-uri-stem\n2026-11-21 12:00:00 /\n")
        #expect(!log.poll(chunks: 0).isAtEnd)
        log.poll()
        #expect(log.header == "#Fields: date time cs-uri-stem\n")
    }

    @Test func beginsWithinALineThatIsLongerThanAnyMayBe() throws {
        let log = try FollowedLog(lineLimit: 1_000)
        log.chunkBytes = 1_001
        log.start = .end
        try log.append("one\n" + String(repeating: "x", count: 50_000))
        log.poll()
        try log.append("x\ntwo\n")
        log.restart()
        log.poll()
        #expect(log.takeText() == "two\n")
        #expect(log.longLines == 1)
    }

    @Test func tellsFilesWithTheSameHeaderApart() throws {
        let log = try FollowedLog()
        let header = "#Software: Server\n" + String(repeating: "#Remark: the same in every file\n", count: 100)
        try log.append(header)
        log.poll()
        try log.append("one\n")
        log.poll()
        try log.copyTruncate("access.log.1")
        try log.append(header + "two\n")
        log.restart()
        log.poll()
        try log.copyTruncate("access.log.2")
        try log.append(header + "three\n")
        log.restart()
        log.poll()
        #expect(log.takeLines().filter { !$0.hasPrefix("#") } == ["one", "two", "three"])
        #expect(log.losses.isEmpty)
    }
}
