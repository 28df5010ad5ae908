import Alerts
import Configuration
import Foundation
import Journal
import LogBatches
import TestServers
import Testing
import Wire

@testable import Monitor

/// Batches on their way to receivers that are as they should be, each in its own manner.
@Suite struct DeliveryTests {
    let bench: DeliveryBench

    init() throws { bench = try DeliveryBench() }

    enum Kind: CaseIterable {
        case openSSH, sftpOnly, replacing, withoutExtensions
    }

    private func server(_ kind: Kind) throws -> (SSHServer, directory: String) {
        switch kind {
        case .openSSH: (try SSHServer(), bench.incoming)
        case .sftpOnly: (try SSHServer(.sftpOnly(sharing: bench.incoming)), "/in")
        case .replacing: (try SSHServer(.peculiarSFTP("--overwrite --no-extensions")), bench.incoming)
        case .withoutExtensions: (try SSHServer(.sftpServer("-P fsync,statvfs,posix-rename")), bench.incoming)
        }
    }

    @Test(arguments: Kind.allCases)
    func batchesArriveWholeAndAreKeptAsSent(kind: Kind) throws {
        let (server, directory) = try server(kind)
        var contents: [String: String] = [:]
        for (number, lines) in [1, 40_000, 0, 2_000, 7].enumerated() {
            contents["access_\(number).log"] = numberedLines(lines, "batch \(number)")
        }
        let batches = try contents.map { try bench.close($0.value, as: $0.key) }
        let drain = try bench.deliver(bench.settings(server, directory: directory))
        try bench.waitUntilSent(batches)
        #expect(try bench.received() == contents)
        for batch in try batches.map(bench.batch) {
            #expect(batch.attempts == 1 && batch.lastError == nil && !batch.isBeingRenamed && batch.sentAt != nil)
            #expect(batch.remotePath == "\(directory)/\(batch.fileName)")
            if batch.byteCount > 0 { #expect(try #require(bench.files.locate(batch)).contains("/sent/")) }
            let line = try #require(bench.log.lines(with: "delivered \(batch.fileName)").first)
            #expect(line.contains("lines=\(batch.lineCount)") && line.contains("bytes=\(batch.byteCount)"))
            #expect(line.contains("checked=\(kind == .sftpOnly ? "size" : "sha256")"))
        }
        let last = try #require(bench.conditions.last)
        #expect(last.waitingBatches == 0 && last.failedBatches == 0 && last.reason == nil)
        #expect(bench.conflicts.isEmpty && bench.altered.isEmpty)
        // One that is closed later goes when the drain is told.
        let later = try bench.close("later\n", as: "later.log")
        drain.signal.ring()
        try bench.waitUntilSent(later)
        drain.end()
    }

    @Test(arguments: [Kind.openSSH, .sftpOnly, .replacing])
    func anotherFileOfTheNameIsKeptApart(kind: Kind) throws {
        let (server, directory) = try server(kind)
        // Of the same size and of another.
        let theirs = ["same.log": "foreign\n", "other.log": "something else\n"]
        for (name, content) in theirs { try bench.folder.file("in/\(name)", content) }
        let batches = try theirs.keys.map { try bench.close("our own\n", as: $0) }
        let drain = try bench.deliver(bench.settings(server, directory: directory))
        try bench.waitUntilSent(batches)
        drain.end()
        let hash = try #require(batches[0].sha256).prefix(8)
        var expected = theirs
        for name in ["same", "other"] { expected["\(name)-\(hash).log"] = "our own\n" }
        #expect(try bench.received() == expected)
        #expect(Set(bench.conflicts.map(\.takenPath)) == Set(theirs.keys.map { "\(directory)/\($0)" }))
        #expect(bench.conflicts.allSatisfy { $0.storedPath.hasSuffix("-\(hash).log") })
        #expect(bench.log.lines(with: "another file has the name").count == 2)
    }

    @Test func aFileThatIsThereAlreadyIsNotSentTwice() throws {
        let server = try SSHServer()
        let content = numberedLines(100)
        try bench.folder.file("in/a.log", content)
        let other = try bench.close("b\n", as: "b.log")
        let hash = try #require(other.sha256)
        // Both names that it would have are taken by others.
        try bench.folder.file("in/b.log", "x\n")
        try bench.folder.file("in/b-\(hash.prefix(8)).log", "y\n")
        let batch = try bench.close(content, as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch, other)
        drain.end()
        #expect(
            try bench.received() == [
                "a.log": content, "b.log": "x\n", "b-\(hash.prefix(8)).log": "y\n",
                "b-\(hash.prefix(16)).log": "b\n",
            ]
        )
        #expect(bench.conflicts.count == 1)
    }

    @Test func equalBatchesOfTwoHostsWithOneNameAreBothDelivered() throws {
        let server = try SSHServer()
        let batches = try ["web-1", "web-2"].map { try bench.close("same\n", as: "a.log", host: $0) }
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batches)
        drain.end()
        let hash = try #require(batches[0].sha256).prefix(8)
        #expect(try bench.received() == ["a.log": "same\n", "a-\(hash).log": "same\n"])
        #expect(bench.conflicts.count == 1)
    }

    @Test func whatEarlierTransfersLeftIsRemoved() throws {
        let server = try SSHServer()
        let journal = String(try bench.journal.identity().filter { $0 != "-" }.prefix(8))
        let batch = try bench.close("a\n", as: "a.log")
        let kept = [".x.log.00000000-1.part", ".hidden", "x.part", ".x.log.\(journal)-1-2.part"]
        for name in kept + [".a.log.\(journal)-\(batch.id).part", ".x.log.\(journal)-999.part"] {
            try bench.folder.file("in/\(name)", "piece")
        }
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try Set(bench.received().keys) == Set(kept + ["a.log"]))
        #expect(bench.log.lines(with: "removed .x.log.\(journal)-999.part").count == 1)
    }

    @Test func theEndWaitsForWhatIsDue() throws {
        let server = try SSHServer()
        let batches = try (0..<5).map { try bench.close(numberedLines(1_000, "\($0)"), as: "\($0).log") }
        let drain = try bench.deliver(bench.settings(server))
        drain.finish()
        try bench.record()
        #expect(try batches.allSatisfy { try bench.batch($0).state == .sent })
    }

    @Test func anEmptyDeliveryTellsThatNothingFails() throws {
        let server = try SSHServer()
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("a condition") { !bench.conditions.isEmpty }
        drain.end()
        #expect(bench.conditions == [DeliveryCondition(failedBatches: 0, waitingBatches: 0, waitingBytes: 0)])
        // Nobody was connected to.
        #expect(!server.log.contains("Accepted publickey"))
    }
}
