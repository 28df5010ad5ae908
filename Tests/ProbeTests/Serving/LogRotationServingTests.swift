import Foundation
import TestServers
import Testing
import Wire

/// Rotated logs through the static probe, as the server meets them.
struct LogRotationServingTests {
    /// A log on a host, and what the server has of it.
    private final class HostLog {
        let folder: TestFolder
        let path: String
        var cursors: [LogCursor] = []
        var text = ""
        var losses: [LogLoss] = []

        init() throws {
            folder = try TestFolder("logs")
            path = "\(folder.path)/access.log"
        }

        func append(_ text: String) {
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
            precondition(write(file, text, text.utf8.count) == text.utf8.count)
            close(file)
        }

        func rename(to ending: String) { precondition(Foundation.rename(path, path + ending) == 0) }

        func pack(_ ending: String) throws {
            let run = try ProgramRun("/usr/bin/env", "gzip", path + ending)
            precondition(run.status == 0, run.standardError)
        }

        func read(by conversation: ProbeConversation, _ sequence: UInt32 = 1) throws -> LogReport {
            let read = LogRead(log: 0, start: .beginning, cursors: cursors)
            let answer = try conversation.readLogs([read], sequence: sequence)
            text += String(decoding: answer.bytes(of: 0), as: UTF8.self)
            let report = try #require(answer.end.reports.first)
            cursors = report.cursors
            losses += report.losses
            return report
        }
    }

    @Test(arguments: ProbeExecutable.probes)
    func aLogIsReadOnceThroughRotationsAndKilledProbes(executable: ProbeExecutable) throws {
        let log = try HostLog()
        let plan = CollectionPlan(metrics: [], logs: [LogPlan(path: log.path)])
        var expected = ""
        func append(_ name: String) {
            let lines = (0..<5_000).map { "\(name) \($0)\n" }.joined()
            expected += lines
            log.append(lines)
        }

        append("a")
        var conversation = try ProbeConversation(executable, plan: plan)
        #expect(try log.read(by: conversation).isAtEnd)
        append("renamed")
        log.rename(to: ".1")
        append("new")
        #expect(try log.read(by: conversation, 2).isAtEnd)
        kill(conversation.program.processIdentifier, SIGKILL)

        // What was read is known from the cursors, the packed file from its content.
        append("packed")
        unlink(log.path + ".1")
        log.rename(to: ".2")
        append("between")
        log.rename(to: ".1")
        try log.pack(".2")
        append("last")
        conversation = try ProbeConversation(executable, plan: plan)
        #expect(try log.read(by: conversation).isAtEnd)

        try FileManager.default.copyItem(atPath: log.path, toPath: log.path + ".0")
        precondition(truncate(log.path, 0) == 0)
        append("after the truncation, further than the offset was")
        #expect(try log.read(by: conversation, 2).isAtEnd)
        #expect(log.text == expected)
        // The first file had been read, and went while no probe watched it.
        #expect(log.losses == [LogLoss(cause: .removed, file: log.path, bytes: nil)])
    }

    @Test(arguments: ProbeExecutable.probes)
    func aLossIsDeclared(executable: ProbeExecutable) throws {
        let log = try HostLog()
        let plan = CollectionPlan(metrics: [], logs: [LogPlan(path: log.path)])
        log.append("one\ntw")
        _ = try log.read(by: ProbeConversation(executable, plan: plan))
        unlink(log.path)
        let report = try log.read(by: ProbeConversation(executable, plan: plan))
        #expect(report.condition == .missing)
        #expect(report.losses == [LogLoss(cause: .removed, file: log.path, bytes: 2)])
        log.append("three\n")
        #expect(try log.read(by: ProbeConversation(executable, plan: plan)).losses.isEmpty)
        #expect(log.text == "one\nthree\n")
    }
}
