import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// Rotated files that gzip has packed.
struct PackedLogTests {
    @Test func goesOnInThePackedFileAtTheUnpackedOffset() throws {
        let log = try FollowedLog()
        let first = (0..<3_000).map { "line \($0)\n" }.joined()
        let second = (3_000..<9_000).map { "line \($0)\n" }.joined()
        try log.append(first)
        log.poll()
        try log.append(second)
        log.rename("access.log", "access.log.1")
        try log.append("new\n")
        try log.gzip("access.log.1")
        log.restart()
        log.poll()
        #expect(log.takeText() == first + second + "new\n")
        #expect(log.losses.isEmpty)
        log.restart()
        log.poll()
        #expect(log.takeText() == "")
    }

    @Test func readsPackedGenerationsAndTheOffsetInChunks() throws {
        let log = try FollowedLog(lineLimit: 100)
        log.chunkBytes = 500
        var expected = ""
        func write(_ name: String) throws {
            let lines = (0..<400).map { "\(name) \($0)\n" }.joined()
            expected += lines
            try log.append(lines)
        }
        try write("a")
        log.poll()
        try write("b")
        log.rename("access.log", "access.log.3")
        try write("c")
        log.rename("access.log", "access.log.2")
        try write("d")
        log.rename("access.log", "access.log.1")
        try write("e")
        for name in ["access.log.3", "access.log.2"] { try log.gzip(name) }
        // The connection breaks in between, again and again.
        for _ in 0..<200 {
            log.restart()
            log.poll(chunks: 3)
        }
        #expect(log.takeText() == expected)
        #expect(log.losses.isEmpty)
    }

    @Test func unpacksALargeFileInPieces() throws {
        let log = try FollowedLog()
        let line = String(repeating: "x", count: 999) + "\n"
        try log.append(String(repeating: line, count: 30_000) + "end\n")
        log.poll()
        _ = log.takeText()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        try log.gzip("access.log.1")
        log.restart()
        log.follower.begin(LogRead(log: 3, start: .end, cursors: log.cursors))
        var chunks = 0
        while let chunk = log.follower.nextChunk(maximumBytes: 256 << 10) {
            log.take(chunk)
            chunks += 1
        }
        _ = log.follower.report()
        #expect(log.takeText() == "two\n")
        #expect(chunks > 5, "30 MB were unpacked in \(chunks) pieces")
    }

    @Test func readsSeveralMembersAndTheLastLineWithoutItsEnd() throws {
        let log = try FollowedLog()
        try log.append("one\ntw")
        log.poll()
        #expect(log.takeText() == "one\n")
        log.rename("access.log", "access.log.1")
        try log.append("o\nthree\nfo", to: "more")
        try log.gzip("access.log.1")
        try log.gzip("more")
        let more = try Data(contentsOf: URL(fileURLWithPath: "\(log.folder.path)/more.gz"))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(log.path).1.gz"))
        try file.seekToEnd()
        try file.write(contentsOf: more + Data(repeating: 0, count: 512))
        try file.close()
        log.restart()
        log.poll()
        #expect(log.takeText() == "two\nthree\nfo")
        log.restart()
        log.poll()
        #expect(log.takeText() == "")
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [20, 200, 2_000]) func waitsForAFileThatIsStillBeingPacked(written: Int) throws {
        let log = try FollowedLog()
        let text = (0..<2_000).map { "line \($0 * 7_919 % 10_007)\n" }.joined()
        try log.append("first\n")
        log.poll()
        try log.append(text)
        log.rename("access.log", "access.log.1")
        try log.append("new\n")
        try log.gzip("access.log.1")
        let path = "\(log.path).1.gz"
        let packed = try Data(contentsOf: URL(fileURLWithPath: path))
        try packed.prefix(written).write(to: URL(fileURLWithPath: path))
        log.restart()
        for _ in 0..<3 {
            let report = log.poll()
            #expect(!report.isAtEnd)
            log.clock.milliseconds += 10_000
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: packed.dropFirst(written))
        log.poll()
        let expected = ("first\n" + text + "new\n").split(separator: "\n").map(String.init)
        #expect(log.takeLines().sorted() == expected.sorted())
        #expect(log.losses.isEmpty)
    }

    @Test(arguments: [12, 300]) func givesADamagedFileUpAfterTheGrace(kept: Int) throws {
        let log = try FollowedLog()
        try log.append("first\n")
        log.poll()
        try log.append((0..<2_000).map { "line \($0 * 7_919 % 10_007)\n" }.joined())
        log.rename("access.log", "access.log.1")
        try log.append("new\n")
        try log.gzip("access.log.1")
        let path = "\(log.path).1.gz"
        let packed = try Data(contentsOf: URL(fileURLWithPath: path))
        try (packed.prefix(kept) + Data(repeating: 0xFF, count: 500)).write(to: URL(fileURLWithPath: path))
        log.restart()
        #expect(log.poll().losses.isEmpty)
        log.clock.milliseconds += 60_000
        #expect(log.poll().losses == [LogLoss(cause: .unreadableCopy, file: path, bytes: nil)])
        log.poll()
        #expect(log.takeText().hasSuffix("new\n"))
        log.restart()
        #expect(log.poll().losses.isEmpty)
    }

    @Test func prefersTheFileThatIsBeingPackedToItsUnfinishedCopy() throws {
        let log = try FollowedLog()
        try log.append("one\n")
        log.poll()
        try log.append("two\n")
        log.rename("access.log", "access.log.1")
        try log.append("\u{1F}", to: "access.log.1.gz")
        try log.append("three\n")
        log.restart()
        #expect(log.poll().losses.isEmpty)
        #expect(log.takeText() == "one\ntwo\nthree\n")
    }
}
