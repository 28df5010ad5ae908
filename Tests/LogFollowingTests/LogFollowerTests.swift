import LogFollowing
import Testing
import Wire

/// A log that grows.
struct LogFollowerTests {
    @Test func givesWholeLinesOnceTheyAreThere() throws {
        let log = try FollowedLog()
        try log.append("one\ntwo\nthr")
        #expect(log.poll().isAtEnd)
        #expect(log.takeText() == "one\ntwo\n")
        log.poll()
        #expect(log.takeText() == "")
        try log.append("ee\n")
        #expect(log.poll().condition == .following)
        #expect(log.takeText() == "three\n")
        #expect(log.losses.isEmpty)
    }

    @Test func goesOnFromCursorsAlone() throws {
        let log = try FollowedLog()
        for number in 0..<50 {
            try log.append("line \(number)\n")
            log.restart()
            log.poll()
            #expect(log.takeText() == "line \(number)\n")
        }
        #expect(log.cursors.count == 1)
    }

    @Test func givesNoMoreThanAskedForAtOnce() throws {
        let log = try FollowedLog(lineLimit: 1_000)
        log.chunkBytes = 5_000
        let lines = (0..<2_000).map { "this is line number \($0)\n" }.joined()
        try log.append(lines)
        log.follower.begin(LogRead(log: 3, start: .beginning, cursors: []))
        while let chunk = log.follower.nextChunk(maximumBytes: 5_000) {
            #expect(chunk.bytes.count <= 5_000 && chunk.bytes.last == 0x0A)
            log.take(chunk)
        }
        #expect(log.takeText() == lines)
    }

    @Test func rereadsWhatWasNotStored() throws {
        let log = try FollowedLog(lineLimit: 100)
        log.chunkBytes = 200
        try log.append((0..<100).map { "line \($0)\n" }.joined())
        log.poll(chunks: 2)
        let stored = log.cursors
        let read = log.takeText()
        log.poll()
        let rest = log.takeText()
        log.cursors = stored
        log.poll()
        #expect(log.takeText() == rest)
        #expect(read + rest == (0..<100).map { "line \($0)\n" }.joined())
    }
}
