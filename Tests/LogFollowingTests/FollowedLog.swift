import Foundation
import LogFollowing
import TestServers
import Testing
import Wire

/// A log that is followed, with all that was read of it.
final class FollowedLog {
    let folder: TestFolder
    let path: String
    var plan: LogPlan
    var follower: LogFollower
    var cursors: [LogCursor] = []
    var start = LogStart.beginning
    var chunkBytes = 256 << 10
    /// The follower's clock.
    let clock = TestClock()
    private(set) var text = ""
    private var lines: [String] = []
    private(set) var header = ""
    private(set) var longLines = 0
    private(set) var losses: [LogLoss] = []
    private(set) var fileNumbers: [UInt32] = []

    init(_ name: String = "access.log", grace: UInt32 = 60_000, lineLimit: UInt32 = 64 << 10) throws {
        folder = try TestFolder("logs")
        path = "\(folder.path)/\(name)"
        plan = LogPlan(path: path, lineLimitBytes: lineLimit, rotatedGraceMilliseconds: grace)
        let clock = clock
        follower = LogFollower(plan) { clock.milliseconds }
    }

    /// As after the probe was killed: nothing is known but the cursors.
    func restart() {
        let clock = clock
        follower = LogFollower(plan) { clock.milliseconds }
    }

    /// One request, everything that is there.
    @discardableResult
    func poll(chunks limit: Int = .max) -> LogReport {
        follower.begin(LogRead(log: 3, start: start, cursors: cursors))
        var count = 0
        while count < limit, let chunk = follower.nextChunk(maximumBytes: chunkBytes) {
            take(chunk)
            count += 1
        }
        let report = follower.report()
        cursors = report.cursors
        losses += report.losses
        return report
    }

    func take(_ chunk: LogChunk) {
        #expect(chunk.log == 3)
        let piece = String(decoding: chunk.bytes, as: UTF8.self)
        text += piece
        lines += piece.split(separator: "\n").map { $0.trimmingPrefix { $0 == "\0" } }.map(String.init)
        header += String(decoding: chunk.header, as: UTF8.self)
        longLines += Int(chunk.longLines)
        if !chunk.bytes.isEmpty { fileNumbers.append(chunk.fileNumber) }
        cursors = chunk.cursors
    }

    /// What was read since the last time.
    func takeText() -> String {
        defer { text = "" }
        return text
    }

    func takeLines() -> [String] {
        defer { lines = [] }
        return lines
    }

    func setLongLines(_ count: Int) { longLines = count }

    // MARK: What others do to the log

    func append(_ text: String, to name: String? = nil) throws {
        let writer = try LogWriter(name.map { "\(folder.path)/\($0)" } ?? path)
        writer.write(text)
    }

    func rename(_ from: String, _ to: String) {
        precondition(Foundation.rename("\(folder.path)/\(from)", "\(folder.path)/\(to)") == 0)
    }

    func remove(_ name: String) {
        precondition(unlink("\(folder.path)/\(name)") == 0)
    }

    func copy(_ from: String, _ to: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(from)"))
            .write(to: URL(fileURLWithPath: "\(folder.path)/\(to)"))
    }

    /// As logrotate's copytruncate.
    func copyTruncate(_ to: String) throws {
        try copy((path as NSString).lastPathComponent, to)
        precondition(truncate(path, 0) == 0)
    }

    func gzip(_ name: String) throws {
        try #require(runTool("gzip", [name]) == 0)
    }

    /// Runs a program in the log's folder and waits for it; its exit status.
    func runTool(_ tool: String, _ arguments: [String]) throws -> Int32 {
        let words = ["env", "-C", folder.path, tool] + arguments
        var pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/usr/bin/env", nil, nil, &pointers, environ)
        guard code == 0 else { throw POSIXError(.init(rawValue: code) ?? .EIO) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status >> 8 & 0xFF
    }
}

/// Does something as a user without rights, where the tests run as root; the identity is this thread's alone.
func asNobody(_ log: FollowedLog, _ body: () throws -> Void) throws {
    chmod(log.folder.path, 0o755)
    let user = geteuid()
    if user == 0 { _ = setfsuid(65_534) }
    defer { if user == 0 { _ = setfsuid(user) } }
    try body()
}

// man 2 setfsuid, from sys/fsuid.h, which the Glibc module leaves out.
@_silgen_name("setfsuid") private func setfsuid(_ user: UInt32) -> Int32

final class TestClock {
    var milliseconds: UInt64 = 1_000_000
}

/// A process that has a log open for appending.
final class LogWriter {
    private let descriptor: Int32

    init(_ path: String, appending: Bool = true) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | (appending ? O_APPEND : 0), 0o644)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    func seek(to offset: Int) {
        precondition(lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset))
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(Foundation.write(descriptor, bytes, bytes.count) == bytes.count)
    }
}
