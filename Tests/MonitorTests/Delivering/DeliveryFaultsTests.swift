import Alerts
import Configuration
import Foundation
import Journal
import LogBatches
import SSH
import TestServers
import Testing
import Wire

@testable import Monitor

/// Receivers that refuse, hang or are away.
@Suite struct DeliveryFaultsTests {
    let bench: DeliveryBench

    init() throws { bench = try DeliveryBench() }

    @Test func aReceiverThatWasAwayGetsAllOnceItIsBack() throws {
        let server = try SSHServer()
        server.stop()
        let batches = try (0..<3).map { try bench.close(numberedLines(100, "\($0)"), as: "\($0).log") }
        // Back only at the next try of what failed, an hour from now, were it not for the new one.
        let drain = try bench.deliver(bench.settings(server, retry: .seconds(3_600)))
        try bench.wait("all failed") { try batches.allSatisfy { try bench.batch($0).state == .failed } }
        let failed = try batches.map(bench.batch)
        #expect(failed.allSatisfy { $0.attempts == 3 && $0.lastError?.contains("connection refused") == true })
        #expect(try failed.allSatisfy { try #require(bench.files.locate($0)).contains("/failed/") })
        let condition = try #require(bench.conditions.last)
        #expect(condition.failedBatches == 3 && condition.waitingBatches == 3 && condition.oldestClosedAt != nil)
        #expect(condition.reason?.contains("Check that sshd runs there") == true)
        // Once when it began and once when it was given up for now.
        #expect(bench.log.lines(with: "connection refused").count == 2)
        try server.restart()
        let later = try bench.close("later\n", as: "later.log")
        drain.end()
        let next = try bench.deliver(bench.settings(server, retry: .seconds(3_600)))
        try bench.waitUntilSent(batches + [later])
        next.end()
        #expect(try bench.received().count == 4)
        let end = try #require(bench.conditions.last)
        #expect(end.failedBatches == 0 && end.waitingBatches == 0 && end.reason == nil)
        #expect(try bench.batch(batches[0]).attempts == 4)
    }

    @Test func aReceiverThatComesBackIsNoticedByTheSameDrain() throws {
        let server = try SSHServer()
        server.stop()
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        let failed = try bench.batch(batch)
        let reports = bench.conditions.count
        try bench.wait("tried again") { bench.conditions.count >= reports + 2 }
        // A backlog is not written again with each try to connect.
        #expect(try bench.batch(batch) == failed)
        try server.restart()
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try bench.received() == ["a.log": "a\n"])
        #expect(bench.log.lines(with: "delivering again").count == 1)
    }

    @Test func whatIsWrongWithAFileIsStillSaidWhileTheReceiverIsAway() throws {
        let server = try SSHServer()
        let batch = try bench.close("a\n", as: "a.log")
        try bench.write("b\n", over: batch)
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        let reason = try bench.batch(batch).lastError
        server.stop()
        try bench.wait("away") { bench.conditions.last?.reason?.contains("connection refused") == true }
        #expect(try bench.batch(batch).lastError == reason)
        drain.end()
        #expect(bench.altered.count == 1)
    }

    @Test func aFailedBatchThatIsGoneEndsTheFailure() throws {
        let server = try SSHServer()
        server.stop()
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server, retry: .seconds(3_600)))
        try bench.wait("failed") { bench.conditions.last?.failedBatches == 1 }
        try bench.journal.commit(JournalGroup(createdAt: .now, removedBatches: [batch.id]))
        drain.signal.ring()
        try bench.wait("over") { bench.conditions.last?.failedBatches == 0 }
        drain.end()
    }

    @Test func aWrongHostKeyIsRefusedAtOnce() throws {
        let server = try SSHServer()
        let other = try SSHServer()
        var settings = bench.settings(server)
        let key = try other.hostKey("ed25519").split(separator: " ").prefix(2).joined(separator: " ")
        settings.target.knownHostsFiles = [
            try bench.folder.file("known_hosts", "[127.0.0.1]:\(server.port) \(key)\n")
        ]
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(settings)
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        drain.end()
        let condition = try #require(bench.conditions.first { $0.failedBatches == 1 })
        #expect(condition.reason?.contains("host key") == true)
        #expect(bench.log.lines(with: "host key").count == 1)
        #expect(try bench.received().isEmpty)
    }

    @Test func aKeyThatIsNotLetInIsTriedAgain() throws {
        let server = try SSHServer()
        var settings = bench.settings(server)
        let key = "\(bench.folder.path)/other"
        try SSHServer.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
        settings.target.credentials.keyFile = key
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(settings)
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        #expect(bench.conditions.contains { $0.failedBatches == 1 && $0.reason?.contains("authorized_keys") == true })
        try server.authorize("\(key).pub")
        try bench.waitUntilSent(batch)
        drain.end()
    }

    enum Obstacle: CaseIterable {
        case readOnlyServer, readOnlyFileSystem, noDirectory, fileForDirectory
    }

    @Test(arguments: Obstacle.allCases)
    func aRefusalIsNamedWithItsMend(obstacle: Obstacle) throws {
        var options = SSHServer.Options()
        var directory = bench.incoming
        let words: String
        switch obstacle {
        case .readOnlyServer:
            options = try .sftpServer("-R")
            words = "permission denied: creating"
        case .readOnlyFileSystem:
            options.mounts = [
                "mount --bind \(bench.incoming) \(bench.incoming)", "mount -o remount,bind,ro \(bench.incoming)",
            ]
            words = "the server failed: creating"
        case .noDirectory:
            directory += "/none"
            words = "the directory \(directory) is not there"
        case .fileForDirectory:
            directory = try bench.folder.file("file", "x")
            words = "is no directory"
        }
        let server = try SSHServer(options)
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server, directory: directory))
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        drain.end()
        let reason = try #require(try bench.batch(batch).lastError)
        #expect(reason.contains(words), "\(reason)")
        #expect(try bench.batch(batch).attempts >= 3)
        #expect(try bench.received().isEmpty)
    }

    /// A drop box: files may be put in, and nobody sees what is there.
    @Test(arguments: ["--refuse-list", "--refuse-remove"])
    func aReceiverThatHidesOrKeepsItsFilesGetsAll(peculiarity: String) throws {
        let server = try SSHServer(.peculiarSFTP(peculiarity))
        let journal = DeliveredName.owner(try bench.journal.identity())
        for number in 998...999 { try bench.folder.file("in/.x.log.\(journal)-\(number).part", "piece") }
        for name in ["a.log", "b.log"] {
            let batch = try bench.close("\(name)\n", as: name)
            let drain = try bench.deliver(bench.settings(server))
            try bench.waitUntilSent(batch)
            drain.end()
            #expect(try bench.batch(batch).attempts == 1)
        }
        #expect(try bench.received().filter { !$0.key.hasPrefix(".") } == ["a.log": "a.log\n", "b.log": "b.log\n"])
        // Once for each run.
        #expect(bench.log.lines(with: "rests of earlier transfers stay").count == 2)
    }

    @Test func aFileThatHasNoEndIsAnother() throws {
        let server = try SSHServer(.peculiarSFTP("--endless-reads"))
        try bench.folder.file("in/a.log", "b\n")
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try bench.received().count == 2 && bench.conflicts.count == 1)
    }

    @Test func aDirectoryThatIsMadeLaterGetsAll() throws {
        let server = try SSHServer()
        let batch = try bench.close("a\n", as: "a.log")
        let directory = "\(bench.incoming)/later"
        let drain = try bench.deliver(bench.settings(server, directory: directory))
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try String(contentsOfFile: "\(directory)/a.log", encoding: .utf8) == "a\n")
    }

    @Test func aReceiverThatStallsDelaysNoOther() throws {
        let stalled = try SSHServer()
        let server = try SSHServer()
        let waiting = try bench.close(numberedLines(200_000), as: "a.log", delivery: "slow")
        let drain = try bench.deliver(bench.settings(stalled, name: "slow", timeout: .seconds(1)))
        try bench.wait("the transfer has begun") { try bench.received().keys.contains { $0.hasPrefix(".a.log.") } }
        let processes = stalled.connectionProcesses()
        stalled.signal(SIGSTOP)
        for process in processes { kill(process, SIGSTOP) }
        let batches = try (0..<20).map { try bench.close("\($0)\n", as: "\($0).log") }
        let other = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batches)
        other.end()
        try bench.wait("the stalled one failed") { try bench.batch(waiting).state == .failed }
        #expect(bench.log.lines(with: "timed out").count >= 1)
        stalled.signal(SIGCONT)
        for process in processes { kill(process, SIGCONT) }
        try bench.waitUntilSent(waiting)
        drain.end()
        #expect(try bench.received()["a.log"] == numberedLines(200_000))
        #expect(try bench.received().count == 21)
    }

    @Test func aDrainEndsAtOnceThoughItsReceiverStalls() throws {
        let server = try SSHServer()
        let batch = try bench.close(numberedLines(200_000), as: "a.log")
        let drain = try bench.deliver(bench.settings(server, timeout: .seconds(60)))
        try bench.wait("the transfer has begun") { try !bench.received().isEmpty }
        let processes = server.connectionProcesses()
        for process in processes { kill(process, SIGSTOP) }
        #expect(drain.end() < .seconds(2))
        for process in processes { kill(process, SIGCONT) }
        try bench.record()
        // Cut off by ourselves is no failure.
        #expect(try bench.batch(batch).attempts == 0)
        let next = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch)
        next.end()
        #expect(try bench.received() == ["a.log": numberedLines(200_000)])
    }

    @Test func aReceiverThatHangsOnCommandsIsNotAskedAgain() throws {
        let server = try SSHServer(.hangingOnCommands(in: bench.folder))
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server, timeout: .seconds(2)))
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try bench.batch(batch).attempts == 2)
        #expect(try bench.received() == ["a.log": "a\n"])
        for process in server.connectionProcesses() { kill(process, SIGKILL) }
    }

    @Test func aServerWithoutSFTPIsNamed() throws {
        let server = try DropbearServer(hidingSFTP: true)
        let batch = try bench.close("a\n", as: "a.log")
        let sshd = try SSHServer()
        var settings = bench.settings(sshd)
        settings.target.port = UInt16(server.port)
        settings.target.credentials.keyFile = server.keyFile
        settings.target.knownHostsFiles = [server.knownHostsFile]
        let drain = try bench.deliver(settings)
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        drain.end()
        #expect(try bench.batch(batch).lastError?.contains("Enable SFTP there") == true)
    }
}

extension SSHServer.Options {
    /// SFTP works, and a command never ends.
    static func hangingOnCommands(in folder: TestFolder) throws -> SSHServer.Options {
        let script = """
            case "$SSH_ORIGINAL_COMMAND" in *sftp-server*) exec $SSH_ORIGINAL_COMMAND ;; *) exec sleep 600 ;; esac
            """
        var options = try SSHServer.Options.sftpServer("")
        options.matches = ["Match all", "ForceCommand \(try DeliveryBench.executable(script, in: folder))"]
        return options
    }
}

extension DeliveryBench {
    /// A shell script of its own; its path.
    static func executable(_ script: String, in folder: TestFolder) throws -> String {
        try folder.file("script", "#!/bin/sh\n\(script)\n", mode: 0o755)
    }
}
