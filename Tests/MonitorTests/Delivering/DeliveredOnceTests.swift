import Alerts
import Configuration
import Foundation
import Journal
import LogBatches
import Synchronization
import TestServers
import Testing
import Wire

@testable import Monitor

/// Nothing is lost, nothing comes twice, and nothing half: whatever is cut off, and whoever changes files.
@Suite struct DeliveredOnceTests {
    let bench: DeliveryBench

    init() throws { bench = try DeliveryBench() }

    // MARK: The reply to a rename

    @Test(arguments: ["before", "after"])
    func aLostReplyToARenameIsFoundOut(dies: String) throws {
        let mark = "\(bench.folder.path)/mark"
        let server = try SSHServer(.peculiarSFTP("--rename-dies \(dies) --mark \(mark)"))
        let batch = try bench.close(numberedLines(1_000), as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(FileManager.default.fileExists(atPath: mark))
        #expect(try bench.received() == ["a.log": numberedLines(1_000)])
        #expect(try bench.batch(batch).attempts == 2)
        #expect(bench.conflicts.isEmpty)
    }

    /// Only where the file was made durable: else its receiver may have lost it.
    @Test(arguments: [true, false])
    func aFileThatItsReaderTookAtOnceIsNotSentAgain(isDurable: Bool) throws {
        let mark = "\(bench.folder.path)/mark"
        let fsync = isDurable ? "--fsync \(bench.folder.path)/synced" : ""
        let server = try SSHServer(.peculiarSFTP("--rename-dies after --mark \(mark) \(fsync)"))
        let batch = try bench.close(numberedLines(1_000), as: "a.log")
        let drain = try bench.deliver(bench.settings(server), firstRetry: .milliseconds(500))
        try bench.wait("the file is there") { try bench.received()["a.log"] != nil }
        try FileManager.default.removeItem(atPath: "\(bench.incoming)/a.log")
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try bench.received() == (isDurable ? [:] : ["a.log": numberedLines(1_000)]))
        #expect(bench.log.lines(with: "was taken away before its rename was confirmed").count == (isDurable ? 1 : 0))
    }

    @Test func aRenameThatIsRefusedIsNotTakenForDone() throws {
        let refusing = try bench.folder.file("refusing", "")
        let server = try SSHServer(.peculiarSFTP("--refuse-rename \(refusing) --fsync \(bench.folder.path)/synced"))
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        drain.end()
        try bench.record()
        // Somebody clears away what looks like rests.
        for name in try bench.received().keys {
            try FileManager.default.removeItem(atPath: "\(bench.incoming)/\(name)")
        }
        try FileManager.default.removeItem(atPath: refusing)
        let next = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch)
        next.end()
        #expect(try bench.received() == ["a.log": "a\n"])
    }

    @Test func theNewNameIsMadeDurableToo() throws {
        let synced = "\(bench.folder.path)/synced"
        let server = try SSHServer(.peculiarSFTP("--fsync \(synced)"))
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(batch)
        drain.end()
        let paths = try String(contentsOfFile: synced, encoding: .utf8).split(separator: "\n")
        #expect(paths.count == 2 && paths.first?.hasSuffix(".part") == true)
        #expect(paths.last?.hasSuffix("/a.log") == true)
    }

    /// The receiver lost its power right behind the rename: whole under the temporary name, though the journal has it sent.
    @Test func aRenameThatTheReceiverLostIsDoneAgain() throws {
        let server = try SSHServer()
        let journal = try bench.journal.identity()
        var names: [String: String] = [:]
        for (name, content) in ["whole.log": "whole\n", "cut.log": "cu"] {
            var batch = try bench.close(name == "cut.log" ? "cut\n" : content, as: name)
            try bench.folder.file("in/\(DeliveredName.temporary(of: batch, journal: journal))", content)
            (batch.state, batch.sentAt, batch.remotePath) = (.sent, .now, "\(bench.incoming)/\(name)")
            try bench.journal.save(batch)
            if name == "whole.log" { names[name] = content }
        }
        let later = try bench.close("later\n", as: "later.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.waitUntilSent(later)
        drain.end()
        names["later.log"] = "later\n"
        #expect(try bench.received() == names)
        #expect(bench.log.lines(with: "had lost the name").count == 1)
    }

    /// The journal as a metricsd leaves it that ends at a moment of the rename.
    private enum Left: CaseIterable {
        /// The rename was not done.
        case temporary
        /// The server died between the two steps of its rename.
        case both
        /// The name was taken by another file right before.
        case temporaryAndForeign
        /// It was done.
        case final
        /// It was not; the temporary file was cleared away, and another file took the name.
        case foreign
        /// The temporary file is not what was checked.
        case brokenTemporary
        /// Not done, and the journal has got another id since.
        case temporaryOfOldJournal
    }

    @Test func aRenameThatAnEarlierRunBeganIsGoneOnWith() throws {
        let server = try SSHServer()
        for (number, left) in Left.allCases.enumerated() {
            let name = "\(number).log"
            let content = numberedLines(100, "\(left)")
            var batch = try bench.close(content, as: name)
            let journal = left == .temporaryOfOldJournal ? "01234567" : try bench.journal.identity()
            let temporary = DeliveredName.temporary(of: batch, journal: journal)
            switch left {
            case .temporary, .temporaryOfOldJournal: try bench.folder.file("in/\(temporary)", content)
            case .both:
                try bench.folder.file("in/\(temporary)", content)
                try bench.folder.file("in/\(name)", content)
            case .temporaryAndForeign:
                try bench.folder.file("in/\(temporary)", content)
                try bench.folder.file("in/\(name)", "foreign")
            case .foreign: try bench.folder.file("in/\(name)", "foreign")
            case .final: try bench.folder.file("in/\(name)", content)
            case .brokenTemporary: try bench.folder.file("in/\(temporary)", String(content.dropLast(9)))
            }
            batch.isBeingRenamed = true
            batch.remotePath = "\(bench.incoming)/\(name)"
            try bench.journal.save(batch)
            let drain = try bench.deliver(bench.settings(server))
            try bench.waitUntilSent(batch)
            drain.end()
            let received = try bench.received()
            if left == .temporaryAndForeign || left == .foreign {
                let hash = try #require(batch.sha256).prefix(8)
                #expect(received == [name: "foreign", "\(number)-\(hash).log": content], "\(left)")
            } else {
                #expect(received == [name: content], "\(left)")
            }
            #expect(try bench.batch(batch).attempts == 1)
            for name in received.keys { try FileManager.default.removeItem(atPath: "\(bench.incoming)/\(name)") }
        }
    }

    /// Both names are gone where it looks: with the former receiver that would mean that its reader took the file.
    @Test func aRenameThatWasBegunOnAnotherReceiverIsNotTakenForDone() throws {
        let server = try SSHServer(.peculiarSFTP("--fsync \(bench.folder.path)/synced"))
        let settings = bench.settings(server)
        for (name, isFormer) in [("former.log", true), ("same.log", false)] {
            var batch = try bench.close("a\n", as: name)
            (batch.isBeingRenamed, batch.remotePath) = (true, "\(bench.incoming)/\(name)")
            batch.announcedTo = isFormer ? "edw@sftp.example.org:22 in" : settings.receiver
            try bench.journal.save(batch)
            let drain = try bench.deliver(settings)
            try bench.waitUntilSent(batch)
            drain.end()
        }
        #expect(try bench.received() == ["former.log": "a\n"])
    }

    @Test func aServerThatSaysItRenamedAndDidNotIsFoundOut() throws {
        let server = try SSHServer(.peculiarSFTP("--renames-nothing"))
        let batch = try bench.close("a\n", as: "a.log")
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("failed") { try bench.batch(batch).state == .failed }
        drain.end()
        #expect(try bench.batch(batch).lastError?.contains("says that it renamed") == true)
    }

    // MARK: Files that somebody changed here

    @Test(arguments: ["edited", "cut", "removed"])
    func aFileThatWasChangedHereIsDeclaredAndNotSent(change: String) throws {
        let server = try SSHServer()
        let content = numberedLines(60_000)
        let batch = try bench.close(content, as: "a.log")
        switch change {
        case "edited": try bench.write(content.replacing("line 7 ", with: "LINE 7 "), over: batch)
        case "cut": try bench.write(String(content.dropLast(100)), over: batch)
        default: try bench.write(nil, over: batch)
        }
        let drain = try bench.deliver(bench.settings(server))
        try bench.wait("tried twice") { try bench.batch(batch).attempts >= 2 }
        #expect(try bench.batch(batch).state == .failed)
        #expect(try bench.received().isEmpty)
        // Declared once, though tried again and again.
        #expect(bench.altered.count == 1)
        let altered = try #require(bench.altered.first)
        #expect(altered.host == "web-1" && altered.path.hasSuffix("/a.log") && altered.delivery == "edw")
        #expect(bench.log.lines(with: "error", "a.log").count == 1, "\(bench.log.text)")
        // Put back as it was, it goes.
        try bench.write(content, over: batch)
        try bench.waitUntilSent(batch)
        drain.end()
        #expect(try bench.received() == ["a.log": content])
        // Told by itself: no receiver can mend it.
        #expect(bench.conditions.allSatisfy { $0.failedBatches == 0 && 0...1 ~= $0.waitingBatches })
    }

    // MARK: Kills

    /// The receiver's processes are killed at random while batches go, and drains end and begin.
    @Test(arguments: [1, 2])
    func whatArrivesIsWhatWasWrittenWhateverIsKilled(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let server = try SSHServer()
        var contents: [String: String] = [:]
        for number in 0..<50 {
            contents["\(number).log"] = numberedLines(
                Int.random(in: 0...(number % 10 == 0 ? 60_000 : 300), using: &generator),
                "batch \(number)"
            )
        }
        let batches = try contents.map { try bench.close($0.value, as: $0.key) }
        let settings = bench.settings(server, retry: .milliseconds(50))
        var drain = try bench.deliver(settings, firstRetry: .milliseconds(5))
        var kills = 0
        var nextKill = ContinuousClock.now
        try bench.wait("all sent") {
            if ContinuousClock.now >= nextKill, kills < 20 {
                let processes = server.connectionProcesses()
                if let process = processes.randomElement(using: &generator) {
                    kill(process, SIGKILL)
                    kills += 1
                }
                if kills % 7 == 6 {
                    drain.end()
                    drain = try bench.deliver(settings, firstRetry: .milliseconds(5))
                }
                nextKill = .now + .milliseconds(Int.random(in: 10...150, using: &generator))
            }
            return try batches.allSatisfy { try bench.batch($0).state == .sent }
        }
        drain.end()
        try bench.record()
        let received = try bench.received().filter { !$0.key.hasPrefix(".") }
        #expect(received == contents)
        #expect(kills > 0)
        #expect(bench.conflicts.isEmpty && bench.altered.isEmpty)
        // Whatever pieces were left go with the next connection.
        let last = try bench.close("last\n", as: "last.log")
        let next = try bench.deliver(settings)
        try bench.waitUntilSent(last)
        next.end()
        #expect(try bench.received().count == contents.count + 1)
    }
}
