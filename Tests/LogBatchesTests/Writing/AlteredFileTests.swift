import Foundation
import LogBatches
import TestServers
import Testing
import Wire

/// What another hand does to a file while it is open.
@Suite struct AlteredFileTests {
    private static let window = Timestamp.morning

    enum Change: CaseIterable {
        case appended, cut, removed, replaced, movedAway, linked, folder
    }

    private func change(_ path: String, _ change: Change) throws {
        let manager = FileManager.default
        switch change {
        case .appended:
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("by hand\n".utf8))
        case .cut: truncate(path, 1)
        case .removed: try manager.removeItem(atPath: path)
        case .replaced:
            // As an editor saves.
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            try content.write(to: URL(fileURLWithPath: path + "~"))
            rename(path + "~", path)
        case .movedAway: try manager.moveItem(atPath: path, toPath: path + ".old")
        case .linked:
            try manager.moveItem(atPath: path, toPath: path + ".old")
            try manager.createSymbolicLink(atPath: path, withDestinationPath: path + ".old")
        case .folder:
            try manager.removeItem(atPath: path)
            try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
    }

    @Test(arguments: Change.allCases)
    func furtherLinesGoToAFurtherPart(_ kind: Change) throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\nb\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        let written = store.batches[0]
        try change(store.path(written), kind)

        try writer.append("c\n", window: Self.window)
        try writer.sync()
        let findings = writer.takeFindings()
        store.commit(writer.takeProgress())

        #expect(store.batches.map(\.state) == [.failed, .open])
        #expect(store.batches[0].byteCount == 4)
        #expect(store.batches[0].sha256 == RunningHash.hexadecimal(of: Array("a\nb\n".utf8)))
        let reason = try #require(store.batches[0].lastError)
        #expect(reason.hasPrefix("\(store.path(store.batches[0])): read: the file was "))
        #expect(reason.hasSuffix("."))
        #expect(store.batches[1].part == 2)
        #expect(try store.content(store.batches[1]) == "c\n")
        #expect(findings.count == 1)
        #expect(findings[0].isAltered)
        #expect(findings[0].delivery == "edw")
        #expect(findings[0].path.hasSuffix("/logs/web-1/access/access_26112110_00-19_192.0.2.11.log"))
        // Whatever is there may be moved to where the state wants it, and no further finding comes of it.
        if kind != .linked, kind != .folder { try store.folder.settle(store.batches[0]) }
        try writer.append("d\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        #expect(writer.takeFindings().isEmpty)
        #expect(try store.content(store.batches[1]) == "c\nd\n")
    }

    @Test(arguments: Change.allCases)
    func aBatchThatIsChangedBeforeItCloses(_ kind: Change) throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\nb\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        try change(store.path(store.batches[0]), kind)
        writer.closeAll(now: Self.window.after(seconds: 1_320))
        #expect(writer.takeFindings().map(\.isAltered) == [true])
        store.commit(writer.takeProgress())
        #expect(store.batches.map(\.state) == [.failed])
    }

    /// The lines of a request that is under way would be lost with the file.
    @Test(arguments: [Change.cut, .appended, .removed])
    func aFileThatIsChangedDuringARequestCostsNoLine(_ kind: Change) throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        try writer.append("b\n", window: Self.window)
        try change(store.path(store.batches[0]), kind)
        let error = #expect(throws: BatchError.self) { try writer.append("c\n", window: Self.window) }
        #expect(error?.isTransient == true)
        writer.rollBack()
        try writer.append("b\nc\n", window: Self.window)
        try writer.sync()
        let findings = writer.takeFindings()
        store.commit(writer.takeProgress())
        if kind == .appended {
            // What was there before the request is still there: the rest went with the request.
            #expect(try store.batches.map { try store.content($0) } == ["a\nb\nc\n"])
            #expect(findings.isEmpty)
        } else {
            #expect(store.batches.map(\.state) == [.failed, .open])
            #expect(try store.content(store.batches[1]) == "b\nc\n")
            #expect(findings.map(\.isAltered) == [true])
        }
    }

    @Test func aFileThatIsNobodysIsSetAsideNotWrittenOver() throws {
        let store = try StoreHarness()
        let folder = "\(store.folder.stateDirectory)/logs/web-1/access"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let name = "access_26112110_00-19_192.0.2.11.log"
        try Data("precious\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        writer.rollBack()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        #expect(try store.content(store.batches[0]) == "a\n")
        let finding = try #require(writer.takeFindings().first)
        #expect(!finding.isAltered)
        #expect(finding.text.contains("set-aside/logs/web-1/access/\(name)"))
        let kept = "\(store.folder.stateDirectory)/set-aside/logs/web-1/access/\(name)"
        #expect(try String(contentsOfFile: kept, encoding: .utf8) == "precious\n")
    }

    // MARK: Links

    /// A link in the place of a folder would make metricsd write, and cut, files elsewhere.
    @Test(arguments: ["logs", "logs/web-1", "logs/web-1/access"])
    func linksInThePlaceOfFoldersAreNotFollowed(_ folder: String) throws {
        let store = try StoreHarness()
        let elsewhere = try TestFolder("elsewhere")
        let path = "\(store.folder.stateDirectory)/\(folder)"
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: elsewhere.path)
        let writer = store.writer()
        let error = #expect(throws: BatchError.self) { try writer.append("a\n", window: Self.window) }
        #expect(error?.path == path)
        #expect(error?.isTransient == false)
        #expect(error?.mend.contains("symbolic link") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path).isEmpty)
    }

    @Test func aLinkInThePlaceOfANewFileIsSetAside() throws {
        let store = try StoreHarness()
        let victim = try store.state.file("victim", "precious\n")
        let folder = "\(store.folder.stateDirectory)/logs/web-1/access"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/access_26112110_00-19_192.0.2.11.log"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim)
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious\n")
        #expect(try store.content(store.batches[0]) == "a\n")
    }
}
