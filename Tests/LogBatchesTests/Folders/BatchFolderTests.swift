import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct BatchFolderTests {
    /// A committed, closed batch whose file holds the text.
    private func closed(_ store: StoreHarness, _ text: String = "a\n") throws -> LogBatch {
        let writer = store.writer()
        try writer.append(text, window: .morning)
        try writer.sync()
        writer.closeAll(now: Timestamp.morning.after(seconds: 1_320))
        let batch = try #require(writer.takeProgress().first)
        store.commit([batch])
        return batch
    }

    @Test func aFileLiesWhereItsStateSays() throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        let name = "access_26112110_00-19_192.0.2.11.log"
        for (state, path) in [
            (LogBatch.State.closed, "logs/web-1/access/\(name)"), (.failed, "logs/web-1/access/failed/\(name)"),
            (.sent, "logs/web-1/access/sent/\(name)"), (.failed, "logs/web-1/access/failed/\(name)"),
        ] {
            batch.state = state
            #expect(store.folder.relativePath(of: batch) == path)
            #expect(store.folder.locate(batch) != nil, "it is found before it is moved")
            for _ in 0..<2 {
                try store.folder.settle(batch)
                #expect(store.files() == [path])
                #expect(store.folder.locate(batch) == "\(store.folder.stateDirectory)/\(path)")
            }
            #expect(try store.content(batch) == "a\n")
        }
        batch.isCompressed = true
        #expect(store.folder.relativePath(of: batch) == "logs/web-1/access/failed/\(name).gz")
        #expect(try store.content(batch) == "a\n", "it is read though it is not compressed")
    }

    @Test func aMoveNeverTakesThePlaceOfAnotherFile() throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        batch.state = .sent
        let path = store.path(batch)
        let sent = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: sent, withIntermediateDirectories: true)
        try Data("precious\n".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: BatchError.self) { try store.folder.settle(batch) }
        #expect(error?.path == path)
        #expect(error?.description.contains("move it away") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious\n")
        #expect(store.files().count == 2)
        // Moved in two steps, and stopped after the first.
        try FileManager.default.removeItem(atPath: path)
        link(path.replacing("/sent/", with: "/"), path)
        try store.folder.settle(batch)
        #expect(store.files().count == 1)
    }

    @Test func aFileThatIsGoneIsSaid() throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        try FileManager.default.removeItem(atPath: store.path(batch))
        #expect(store.folder.locate(batch) == nil)
        let error = #expect(throws: BatchError.self) { try store.folder.settle(batch) }
        #expect(error?.isAltered == true)
        #expect(throws: BatchError.self) { _ = try BatchFileReader(batch, in: store.folder) }
        batch.state = .failed
        try store.folder.settle(batch)
    }

    @Test func aMissingStateDirectoryIsSaid() throws {
        let store = try StoreHarness(at: "/nonexistent/metricsd")
        let error = #expect(throws: BatchError.self) { try store.writer().append("a\n", window: .morning) }
        #expect(error?.description.hasPrefix("/nonexistent/metricsd: append: No such file or directory") == true)
    }

    /// A name decides about a path below the state directory, and nothing else.
    @Test func namesCannotLeaveTheirFolder() throws {
        let folder = BatchFolder(stateDirectory: "/state")
        var batch = LogBatch(
            host: "../../etc",
            log: "..",
            windowStart: .morning,
            windowSeconds: 1_200,
            fileName: "x.log",
            openedAt: .morning
        )
        #expect(folder.relativePath(of: batch) == "logs/%2E.%2F..%2Fetc/%2E./x.log")
        batch.host = "web-1.example.org_2"
        batch.log = "a%2Fb ü"
        #expect(folder.relativePath(of: batch) == "logs/web-1.example.org_2/a%252Fb%20%C3%BC/x.log")
        batch.log = String(repeating: "/", count: 200)
        let long = folder.relativePath(of: batch).split(separator: "/")[2]
        #expect(long.utf8.count <= 255)
        batch.log = String(repeating: "/", count: 201)
        #expect(folder.relativePath(of: batch).split(separator: "/")[2] != long)
    }

    // MARK: Removing

    @Test func aBatchIsRemovedInTwoStepsSoThatACrashDeclaresNothing() throws {
        let store = try StoreHarness()
        let batch = try closed(store)
        try store.folder.retire(batch)
        #expect(store.folder.locate(batch) == nil)
        // The journal did not hear of it.
        #expect(try store.recover().findings.isEmpty)
        #expect(try store.content(batch) == "a\n")
        // It did, and the second step did not come.
        try store.folder.retire(batch)
        store.journal = [:]
        #expect(try store.recover().findings.isEmpty)
        #expect(store.files().isEmpty)
        // Without a crash.
        let second = try closed(store)
        try store.folder.retire(second)
        try store.folder.purge(second)
        try store.folder.purge(second)
        #expect(store.files().isEmpty)
    }
}
