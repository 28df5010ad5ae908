import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct BatchCompressionTests {
    private static let text = (0..<20_000).map { "192.0.2.\($0 % 250) GET /page/\($0) 200\n" }.joined()

    private func sent(_ store: StoreHarness, _ text: String = text) throws -> LogBatch {
        let writer = store.writer()
        try writer.append(text, window: .morning)
        try writer.sync()
        writer.closeAll(now: Timestamp.morning.after(seconds: 1_320))
        var batch = try #require(writer.takeProgress().first)
        batch.state = .sent
        try store.folder.settle(batch)
        store.commit([batch])
        return batch
    }

    private func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }

    @Test func gzipAndSha256sumAgree() throws {
        let store = try StoreHarness()
        let batch = try sent(store)
        let path = store.path(batch)
        #expect(try run(["sha256sum", path]).hasPrefix(try #require(batch.sha256)))
        let compressed = try #require(try BatchCompression.compress(batch, in: store.folder))
        #expect(store.files().count == 2)
        try BatchCompression.finish(compressed, in: store.folder)
        #expect(store.files() == [store.folder.relativePath(of: batch) + ".gz"])
        #expect(compressed.isCompressed)
        let size = try FileManager.default.attributesOfItem(atPath: path + ".gz")[.size] as? UInt64
        #expect(compressed.storedBytes == size)
        #expect(compressed.storedBytes * 4 < compressed.byteCount)
        #expect(try run(["gzip", "-dc", path + ".gz"]) == Self.text)
        #expect(try store.content(compressed) == Self.text)
        // Again, nothing changes.
        #expect(try BatchCompression.compress(compressed, in: store.folder) == compressed)
        try BatchCompression.finish(compressed, in: store.folder)
    }

    @Test func aFileThatWasEditedIsNotCompressed() throws {
        let store = try StoreHarness()
        let batch = try sent(store)
        let handle = try #require(FileHandle(forUpdatingAtPath: store.path(batch)))
        try handle.seek(toOffset: 300_000)
        try handle.write(contentsOf: Data("X".utf8))
        let error = #expect(throws: BatchError.self) { _ = try BatchCompression.compress(batch, in: store.folder) }
        #expect(error?.isAltered == true)
        #expect(error?.text.contains("SHA-256") == true)
        #expect(store.files() == [store.folder.relativePath(of: batch)])
    }

    @Test func anInterruptedOneLeavesNothing() throws {
        let store = try StoreHarness()
        let batch = try sent(store)
        var asked = 0
        let result = try BatchCompression.compress(batch, in: store.folder) {
            asked += 1
            return asked > 1
        }
        #expect(result == nil)
        #expect(store.files() == [store.folder.relativePath(of: batch)])
    }

    enum CrashPoint: CaseIterable {
        case whilePacking, beforeTheJournal, afterTheJournal, afterTheEnd
    }

    @Test(arguments: CrashPoint.allCases)
    func aCrashLosesNothingAndLeavesNothing(_ point: CrashPoint) throws {
        let store = try StoreHarness()
        let batch = try sent(store)
        switch point {
        case .whilePacking:
            let temporary = store.path(batch).replacing("/sent/", with: "/sent/.") + ".gz.new"
            try Data("half".utf8).write(to: URL(fileURLWithPath: temporary))
        case .beforeTheJournal:
            _ = try BatchCompression.compress(batch, in: store.folder)
        case .afterTheJournal, .afterTheEnd:
            let compressed = try #require(try BatchCompression.compress(batch, in: store.folder))
            store.commit([compressed])
            if point == .afterTheEnd { try BatchCompression.finish(compressed, in: store.folder) }
        }
        #expect(try store.recover().findings.isEmpty)
        #expect(store.files() == [store.folder.relativePath(of: store.batches[0])])
        #expect(try store.content(store.batches[0]) == Self.text)
    }

    @Test func aSecondTryAfterAFailedCommitIsTaken() throws {
        let store = try StoreHarness()
        let batch = try sent(store)
        let first = try #require(try BatchCompression.compress(batch, in: store.folder))
        let second = try #require(try BatchCompression.compress(batch, in: store.folder))
        #expect(first == second)
    }
}
