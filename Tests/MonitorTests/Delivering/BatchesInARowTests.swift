import Configuration
import Foundation
import Journal
import LogBatches
import SSH
import TestServers
import Testing
import Wire

@testable import Monitor

/// While the receiver syncs and hashes one batch, the next is written: what may go wrong with the one and with the other.
@Suite struct BatchesInARowTests {
    let bench: DeliveryBench
    /// While it is there, the receiver does not end what it syncs.
    private let gate: String

    init() throws {
        bench = try DeliveryBench()
        gate = try bench.folder.file("gate", "")
    }

    private func openGate() throws { try FileManager.default.removeItem(atPath: gate) }

    private func gatedServer(_ peculiarity: String = "") throws -> SSHServer {
        let synced = "\(bench.folder.path)/synced"
        return try SSHServer(.peculiarSFTP("--fsync \(synced) --sync-waits \(gate) \(peculiarity)"))
    }

    /// As `0.log`, `1.log`…
    private func close(_ contents: [String]) throws -> [LogBatch] {
        try contents.enumerated().map { try bench.close($0.element, as: "\($0.offset).log") }
    }

    private func names(_ contents: [String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: contents.enumerated().map { ("\($0.offset).log", $0.element) })
    }

    /// Written under its temporary name, all of it.
    private func isWritten(_ number: Int, _ content: String) throws -> Bool {
        try bench.received().contains { $0.key.hasPrefix(".\(number).log.") && $0.value == content }
    }

    private func waitUntilBothAreWritten(_ contents: [String]) throws {
        try bench.wait("both are written") { try isWritten(0, contents[0]) && isWritten(1, contents[1]) }
    }

    private let contents = ["first", "second", "third"].map { numberedLines(20_000, $0) }

    // MARK: In order

    @Test func oneIsWrittenWhileTheOneBeforeItIsSyncedAndNoneIsRenamedBefore() throws {
        let batches = try close(contents)
        let server = try gatedServer()
        let drain = try bench.deliver(bench.settings(server))
        try waitUntilBothAreWritten(contents)
        // Neither has its name, and the third has not begun.
        #expect(try bench.received().count == 2)
        #expect(try batches.map(bench.batch).allSatisfy { $0.remotePath == nil && $0.state == .closed })
        try openGate()
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
        let sent = try batches.map { try #require(try bench.batch($0).sentAt).milliseconds }
        #expect(sent == sent.sorted())
        #expect(bench.log.lines(with: "delivered ").count == 3)
        #expect(try batches.map(bench.batch).allSatisfy { $0.attempts == 1 })
    }

    @Test func theEndLeavesBothForTheNextRun() throws {
        let batches = try close(contents)
        let server = try gatedServer()
        let drain = try bench.deliver(bench.settings(server))
        try waitUntilBothAreWritten(contents)
        #expect(drain.end() < .seconds(2))
        try openGate()
        try bench.record()
        #expect(try batches.map(bench.batch).allSatisfy { $0.attempts == 0 && $0.state == .closed })
        let next = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batches)
        next.end()
        #expect(try bench.received() == names(contents))
    }

    // MARK: Faults

    @Test func aConnectionThatIsLostBetweenTheTwoFailsBothAndEachArrivesOnce() throws {
        let batches = try close(contents)
        let server = try gatedServer()
        let drain = try bench.deliver(bench.settings(server))
        try waitUntilBothAreWritten(contents)
        for process in server.connectionProcesses() { kill(process, SIGKILL) }
        try openGate()
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
        #expect(try batches.map { try bench.batch($0).attempts } == [2, 2, 1])
        // Told as one thing, of two batches.
        #expect(bench.log.lines(with: "Not delivered: 2 batches").count == 1, "\(bench.log.text)")
        #expect(bench.conflicts.isEmpty)
    }

    @Test func aSyncThatHangsIsLeftAfterTheTimeout() throws {
        let batches = try close(contents)
        let server = try gatedServer()
        let drain = try bench.deliver(bench.settings(server, timeout: .seconds(2)))
        try bench.wait("given up") { try batches[..<2].allSatisfy { try bench.batch($0).attempts > 0 } }
        #expect(try bench.batch(batches[0]).lastError?.contains("timed out") == true)
        try openGate()
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
    }

    @Test func aSyncThatFailsIsOfTheBatchAndOfNoOther() throws {
        try openGate()
        let refusing = try bench.folder.file("refusing", "")
        let batches = try close(contents)
        let server = try gatedServer("--refuse-sync \(refusing)")
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("all failed") { try batches.allSatisfy { try bench.batch($0).state == .failed } }
        #expect(try bench.batch(batches[0]).lastError?.contains("syncing") == true)
        // None got its name; one may be on its way again.
        #expect(try bench.received().keys.allSatisfy { $0.hasPrefix(".") })
        try FileManager.default.removeItem(atPath: refusing)
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
    }

    /// Found only when the next one is written.
    @Test func oneThatDidNotArriveAsItWasSentGoesAgainAlone() throws {
        try openGate()
        let batches = try close(contents)
        let mark = "\(bench.folder.path)/mark"
        let server = try gatedServer("--spoils --mark \(mark)")
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
        #expect(try batches.map { try bench.batch($0).attempts } == [2, 1, 1])
        #expect(bench.log.lines(with: "0.log did not arrive as it was sent").count == 1, "\(bench.log.text)")
    }

    @Test func aFileThatWasChangedHereDoesNotStopTheOneBeforeIt() throws {
        try openGate()
        let batches = try close(contents)
        // Of the same size: only its hash tells.
        try bench.write(contents[1].replacing("second 7 ", with: "SECOND 7 "), over: batches[1])
        let server = try gatedServer()
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent([batches[0], batches[2]])
        try bench.wait("failed") { try bench.batch(batches[1]).state == .failed }
        drain.end()
        #expect(try bench.received() == ["0.log": contents[0], "2.log": contents[2]])
        #expect(bench.altered.count == 1)
    }

    /// Of one size and of equal content, too, as two hosts may have them.
    @Test func batchesOfOneNameDoNotTakeEachOthersPlace() throws {
        let texts = ["same\n", "same\n", "else\n"]
        let batches = try texts.enumerated().map {
            try bench.close($0.element, as: "a.log", host: "web-\($0.offset)")
        }
        let server = try gatedServer()
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("two are written") { try bench.received().count == 2 }
        try openGate()
        try bench.waitUntilSent(batches)
        drain.end()
        let received = try bench.received()
        #expect(received["a.log"] == "same\n")
        #expect(received.values.sorted() == texts.sorted() && received.count == 3)
        #expect(Set(try batches.map { try #require(try bench.batch($0).remotePath) }).count == 3)
        #expect(bench.conflicts.count == 2)
    }

    // MARK: Receivers that let us do less at once

    /// SFTP alone, and with one or two more channels beside it.
    @Test(arguments: [1, 2, 3])
    func aReceiverWithFewChannelsGetsAll(sessions: Int) throws {
        var options = SSHServer.Options()
        options.configuration = ["MaxSessions \(sessions)"]
        let batches = try close(contents)
        let server = try SSHServer(options)
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
        #expect(try batches.map(bench.batch).allSatisfy { $0.attempts == 1 })
        #expect(bench.log.lines(with: "checked=\(sessions == 1 ? "size" : "sha256")").count == 3, "\(bench.log.text)")
    }

    @Test func dropbearGetsAll() throws {
        let server = try DropbearServer()
        let sshd = try SSHServer()
        var settings = bench.settings(sshd)
        settings.target.port = UInt16(server.port)
        settings.target.credentials.keyFile = server.keyFile
        settings.target.knownHostsFiles = [server.knownHostsFile]
        let batches = try close(contents)
        let drain = try bench.deliver(settings)
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
        #expect(try batches.map(bench.batch).allSatisfy { $0.attempts == 1 })
        #expect(bench.log.lines(with: "checked=sha256").count == 3, "\(bench.log.text)")
    }

    @Test func aReceiverThatHangsOnCommandsIsNotAskedAgain() throws {
        let server = try SSHServer(.hangingOnCommands(in: bench.folder))
        let batches = try close(contents)
        let drain = try bench.deliver(bench.settings(server, timeout: .seconds(2)))
        try bench.waitUntilSent(batches)
        drain.end()
        #expect(try bench.received() == names(contents))
        #expect(try batches.map { try bench.batch($0).attempts } == [2, 2, 1])
        for process in server.connectionProcesses() { kill(process, SIGKILL) }
    }
}
