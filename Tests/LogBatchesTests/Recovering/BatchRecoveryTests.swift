import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct BatchRecoveryTests {
    private func write(_ store: StoreHarness, _ text: String, isClosed: Bool = false) throws {
        let writer = store.writer()
        try writer.append(text, window: .morning)
        try writer.sync()
        if isClosed { writer.closeAll(now: Timestamp.morning.after(seconds: 1_320)) }
        store.commit(writer.takeProgress())
    }

    private func put(_ text: String, _ path: String) throws {
        let url = URL(fileURLWithPath: path)
        let manager = FileManager.default
        try manager.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test func whatWasNotCommittedIsCutOff() throws {
        let store = try StoreHarness()
        try write(store, "a\n")
        let writer = store.writer()
        try writer.append([("b\n", .morning), ("c\n", Timestamp.morning.after(seconds: 1_200))])
        try writer.sync()
        // The journal has not heard of it, but of the second batch's name.
        let recovery = try store.recover()
        #expect(recovery.findings.isEmpty && recovery.batches.isEmpty)
        #expect(try Data(contentsOf: URL(fileURLWithPath: store.path(store.batches[0]))) == Data("a\n".utf8))
        #expect(try Data(contentsOf: URL(fileURLWithPath: store.path(store.batches[1]))).isEmpty)
        try write(store, "b\n")
        #expect(try store.content(store.batches[0]) == "a\nb\n")
    }

    @Test func aBatchThatHasNoFileYetIsNoFinding() throws {
        let store = try StoreHarness()
        try write(store, "a\n")
        store.journal[1]?.byteCount = 0
        store.journal[1]?.hashState = []
        try FileManager.default.removeItem(atPath: store.path(store.batches[0]))
        #expect(try store.recover().findings.isEmpty)
        try write(store, "a\n")
        #expect(try store.content(store.batches[0]) == "a\n")
    }

    @Test(arguments: [true, false])
    func anOpenFileThatWasCutOrRemovedByHandIsDeclared(_ isRemoved: Bool) throws {
        let store = try StoreHarness()
        try write(store, "a\nb\n")
        let path = store.path(store.batches[0])
        if isRemoved { try FileManager.default.removeItem(atPath: path) } else { truncate(path, 3) }
        let recovery = try store.recover()
        #expect(recovery.findings.map(\.isAltered) == [true])
        #expect(store.batches.map(\.state) == [.failed])
        #expect(store.batches[0].sha256 == RunningHash.hexadecimal(of: Array("a\nb\n".utf8)))
        // Whoever tries to deliver it has no news.
        let error = #expect(throws: BatchError.self) { _ = try store.bytes(store.batches[0]) }
        #expect(store.batches[0].lastError == error?.description)
        #expect(store.files() == (isRemoved ? [] : ["logs/web-1/access/failed/\(store.batches[0].fileName)"]))
        #expect(try store.recover().findings.isEmpty, "it is told once")
    }

    @Test(arguments: [true, false])
    func aClosedFileThatWasChangedByHandIsDeclared(_ isRemoved: Bool) throws {
        let store = try StoreHarness()
        try write(store, "a\nb\n", isClosed: true)
        let path = store.path(store.batches[0])
        if isRemoved { try FileManager.default.removeItem(atPath: path) } else { truncate(path, 3) }
        #expect(try store.recover().findings.map(\.isAltered) == [true])
        #expect(store.batches.map(\.state) == [.failed])
        #expect(try store.recover().findings.isEmpty)
    }

    @Test func aSentFileMayBeTakenAway() throws {
        let store = try StoreHarness()
        try write(store, "a\n", isClosed: true)
        store.journal[1]?.state = .sent
        try store.folder.settle(store.batches[0])
        try FileManager.default.removeItem(atPath: store.path(store.batches[0]))
        let recovery = try store.recover()
        #expect(recovery.findings.isEmpty && recovery.batches.isEmpty)
    }

    @Test(arguments: LogBatch.State.allCases.filter { $0 != .open })
    func aFileIsMovedToWhereTheJournalSays(_ state: LogBatch.State) throws {
        let store = try StoreHarness()
        try write(store, "a\n", isClosed: true)
        for before in [LogBatch.State.closed, .sent, .failed] {
            store.journal[1]?.state = before
            try store.folder.settle(store.batches[0])
            store.journal[1]?.state = state
            #expect(try store.recover().findings.isEmpty)
            #expect(store.files() == [store.folder.relativePath(of: store.batches[0])])
        }
    }

    @Test func theBatchesOfALogThatIsNotStoredAnyMoreAreClosed() throws {
        let store = try StoreHarness()
        try write(store, "a\n")
        let now = Timestamp.morning.after(seconds: 600)
        _ = try store.recover(at: now, isStored: false)
        #expect(store.batches[0].state == .closed)
        #expect(store.batches[0].closedAt == now)
        #expect(store.batches[0].delivery == "edw")
        #expect(store.batches[0].sha256 == RunningHash.hexadecimal(of: Array("a\n".utf8)))
    }

    @Test func aHashOfAnotherVersionIsMadeAgain() throws {
        let store = try StoreHarness()
        try write(store, "a\n")
        store.journal[1]?.hashState = [99, 1, 2, 3]
        #expect(try store.recover().findings.isEmpty)
        try write(store, "b\n", isClosed: true)
        #expect(store.batches[0].sha256 == RunningHash.hexadecimal(of: Array("a\nb\n".utf8)))
    }

    // MARK: Strangers

    @Test func whatIsNobodysIsSetAside() throws {
        let store = try StoreHarness()
        try write(store, "a\n", isClosed: true)
        let root = "\(store.folder.stateDirectory)/logs"
        let strangers = [
            "note.txt", "web-1/note.txt", "web-1/access/core", "web-1/access/sent/x.log", "web-1/access/.hidden",
            "web-1/access/folder/x", "web-9/access/old.log", "web-9/access/old.log.gz",
        ]
        for path in strangers { try put(path, "\(root)/\(path)") }
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/web-1/access/link.log",
            withDestinationPath: "/etc/passwd"
        )
        let recovery = try store.recover()
        #expect(recovery.batches.isEmpty)
        #expect(recovery.findings.allSatisfy { !$0.isAltered })
        let kept = (strangers + ["web-1/access/link.log"]).map { "set-aside/logs/\($0)" }
        #expect(store.files() == (kept + [store.folder.relativePath(of: store.batches[0])]).sorted())
        for path in strangers {
            let file = "\(store.folder.stateDirectory)/set-aside/logs/\(path)"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == path)
        }
        let texts = recovery.findings.map(\.description)
        #expect(texts.contains { $0.contains("2 files that the journal does not know (old.log, old.log.gz)") })
        #expect(recovery.findings.contains { $0.host == "web-9" && $0.log == "access" })
        // A second file of that name keeps the first.
        try put("again", "\(root)/web-9/access/old.log")
        _ = try store.recover()
        #expect(store.files().contains("set-aside/logs/web-9/access/old.log.2"))
        #expect(try store.recover().findings.isEmpty)
    }

    @Test func whatACrashLeftHalfMadeIsRemoved() throws {
        let store = try StoreHarness()
        try write(store, "a\n", isClosed: true)
        let folder = "\(store.folder.stateDirectory)/logs/web-1/access"
        let name = store.batches[0].fileName
        try put("half", "\(folder)/.\(name).gz.new")
        try put("half", "\(folder)/sent/.x.gz.new")
        // Renamed, but the journal has not heard of it.
        try put("whole", "\(folder)/\(name).gz")
        #expect(try store.recover().findings.isEmpty)
        #expect(store.files() == [store.folder.relativePath(of: store.batches[0])])
    }

    @Test func amongManyBatchesOnlyThoseThatNeedItAreTouched() throws {
        let store = try StoreHarness()
        try write(store, "a\n", isClosed: true)
        let first = store.batches[0]
        for number in 2...300 {
            var batch = first
            batch.id = Int64(number)
            batch.fileName = "\(number).log"
            batch.state = number % 2 == 0 ? .sent : .closed
            store.journal[batch.id] = batch
            if number != 151 { try put(number == 201 ? "edited\n" : "a\n", store.path(batch)) }
        }
        // Not moved yet; compressed by hand, with another one's content.
        store.journal[100]?.state = .failed
        try FileManager.default.moveItem(
            atPath: store.path(try #require(store.journal[102])),
            toPath: store.path(try #require(store.journal[102])) + ".gz"
        )
        let recovery = try store.recover()
        #expect(Set(recovery.batches.map(\.id)) == [102, 151, 201])
        #expect(
            Set(recovery.findings.map(\.path))
                == Set([151, 201].map { store.path(store.batches[$0 - 1]).replacing("/failed/", with: "/") })
        )
        #expect(store.batches.map(\.state).count { $0 == .failed } == 3)
        #expect(store.journal[102]?.isCompressed == true)
        #expect(store.files().count == 299)
        #expect(store.files().contains("logs/web-1/access/failed/100.log"))
        #expect(store.files().contains("logs/web-1/access/failed/201.log"))
    }
}
