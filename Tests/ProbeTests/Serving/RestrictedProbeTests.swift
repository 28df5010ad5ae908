import CLinux
import Foundation
import TestServers
import Testing
import Wire

/// Somebody has the key, and speaks to the restricted probe as he likes.
struct RestrictedProbeTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("restricted") }

    private func conversation(
        _ executable: ProbeExecutable = .native,
        _ arguments: String...,
        plan: CollectionPlan
    ) throws -> ProbeConversation {
        let conversation = try ProbeConversation(
            executable,
            environment: ["SSH_ORIGINAL_COMMAND=touch \(folder.path)/original"],
            arguments: ["--restricted"] + arguments
        )
        _ = try conversation.configure(plan)
        return conversation
    }

    @Test(arguments: ProbeExecutable.probes)
    func onlyListedCommandsAreRun(executable: ProbeExecutable) throws {
        let listed = "echo 'it'\"'\"'s $((40 + 2))'; env | grep -c SSH_ORIGINAL"
        // One that a comparison of characters would take for another that is listed: é, and e with an accent.
        let (composed, decomposed) = ("echo caf\u{e9}", "echo cafe\u{301} >\(folder.path)/accent")
        let conversation = try conversation(
            executable,
            "--command",
            listed,
            "--command",
            composed,
            "--command",
            "echo caf\u{e9} >\(folder.path)/accent",
            plan: .commands(listed, "touch \(folder.path)/owned", "\(listed) ", composed, decomposed, "")
        )
        let results = try conversation.run(0, 1, 2, 3, 4, 5)
        #expect(results.map(\.ending) == [.exited, .notStarted, .notStarted, .exited, .notStarted, .notStarted])
        #expect(results[0].text == "it's $((40 + 2))\n0\n")
        #expect(results[1].status == RestrictedKey.errorNumber && results[5].status == RestrictedKey.errorNumber)
        for name in ["owned", "accent", "original"] {
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/\(name)"))
        }
        #expect(try conversation.end() == 0)
    }

    @Test func metricsAreAllowedAndAFurtherPlanChangesNothing() throws {
        let conversation = try conversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        #expect(try conversation.poll().samples.map(\.metric) == [0])
        _ = try conversation.configure(.commands("touch \(folder.path)/owned"))
        #expect(try conversation.run(0).map(\.ending) == [.notStarted])
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/owned"))
    }

    @Test(arguments: ProbeExecutable.probes)
    func onlyListedLogsAreRead(executable: ProbeExecutable) throws {
        let log = try folder.file("access.log", "GET /\n")
        let secret = try folder.file("secret", "hunter2\n")
        let link = "\(folder.path)/../\(URL(fileURLWithPath: folder.path).lastPathComponent)/access.log"
        let conversation = try conversation(
            executable,
            "--log",
            log,
            plan: CollectionPlan(metrics: [], logs: [log, secret, link].map { LogPlan(path: $0) })
        )
        let answer = try conversation.readLogs([.beginning(0), .beginning(1), .beginning(2)])
        #expect(answer.bytes(of: 0) == Array("GET /\n".utf8))
        #expect(answer.end.reports.map(\.condition) == [.following, .failed, .failed])
        #expect(answer.end.reports.map(\.errorNumber) == [0, RestrictedKey.errorNumber, RestrictedKey.errorNumber])
        #expect(answer.chunks.allSatisfy { $0.log == 0 })
    }

    /// Cursors say where a log's files were. Made up, they would name any file of its folder.
    @Test func madeUpCursorsReachNoOtherFileOfTheFolder() throws {
        let log = try folder.file("access.log", "GET /\n")
        for name in ["secret", "access.log.secret", "access-secret.log", "access.secret"] {
            let path = try folder.file(name, "hunter2\n")
            var status = stat()
            #expect(stat(path, &status) == 0)
            let cursor = LogCursor(fileNumber: 1, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            for permissions in [["--restricted", "--log", log], []] {
                let conversation = try ProbeConversation(arguments: permissions)
                _ = try conversation.configure(CollectionPlan(metrics: [], logs: [LogPlan(path: log)]))
                let answer = try conversation.readLogs([LogRead(log: 0, start: .beginning, cursors: [cursor])])
                let text = String(decoding: answer.bytes(of: 0), as: UTF8.self)
                // Where cursors are the server's own, a file is found again however it was renamed.
                #expect(text.contains("hunter2") == permissions.isEmpty, "\(name) \(permissions)")
                try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: log)
            }
        }
    }

    @Test func rotatedFilesOfAListedLogAreReadOn() throws {
        let log = try folder.file("access.log", "GET /1\n")
        let conversation = try conversation(
            .native,
            "--log",
            log,
            plan: CollectionPlan(metrics: [], logs: [LogPlan(path: log)])
        )
        let first = try conversation.readLogs([.beginning(0)])
        try Data("GET /1\nGET /2\n".utf8).write(to: URL(fileURLWithPath: log), options: [])
        try FileManager.default.moveItem(atPath: log, toPath: "\(log).1")
        try folder.file("access.log", "GET /3\n")
        let cursors = try #require(first.end.reports.first?.cursors)
        let second = try conversation.readLogs([LogRead(log: 0, start: .beginning, cursors: cursors)])
        #expect(String(decoding: second.bytes(of: 0), as: UTF8.self) == "GET /2\nGET /3\n")
    }
}
