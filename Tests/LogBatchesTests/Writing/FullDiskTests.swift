import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct FullDiskTests {
    private static let window = Timestamp.morning
    private static let next = Timestamp.morning.after(seconds: 1_200)

    private func lines(_ count: Int, _ letter: String) -> String {
        String(repeating: String(repeating: letter, count: 99) + "\n", count: count)
    }

    private func size(_ path: String) -> Int? {
        try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    }

    @Test func aRequestThatFindsNoRoomLeavesNothingAndIsTakenLater() throws {
        let disk = try SmallFileSystem(kilobytes: 64)
        let store = try StoreHarness(at: disk.path)
        let writer = store.writer()
        try writer.append(lines(100, "a"), window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        let path = store.path(store.batches[0])
        let ballast = "\(disk.path)/ballast"
        try Data(count: 20 << 10).write(to: URL(fileURLWithPath: ballast))

        for _ in 0..<3 {
            try writer.append([(lines(50, "b"), Self.window), (lines(10, "c"), Self.next)])
            let error = #expect(throws: BatchError.self) { try writer.append(lines(400, "d"), window: Self.window) }
            #expect(error?.isFull == true)
            #expect(error?.isTransient == true)
            #expect(error?.path == path)
            #expect(error?.description.contains("append: No space left on device (error 28). Free space") == true)
            // What it left of the write that found no room.
            #expect(size(path) == 15_000)
            writer.rollBack()
            #expect(size(path) == 10_000)
            #expect(!writer.hasProgress)
        }
        #expect(store.reservations == 2)

        try FileManager.default.removeItem(atPath: ballast)
        try writer.append([(lines(50, "b"), Self.window), (lines(10, "c"), Self.next)])
        try writer.append(lines(300, "d"), window: Self.window)
        try writer.sync()
        writer.closeAll(now: Self.next)
        #expect(writer.takeFindings().isEmpty)
        store.commit(writer.takeProgress())
        let contents = [lines(100, "a") + lines(50, "b") + lines(300, "d"), lines(10, "c")]
        #expect(try store.batches.map { try store.content($0) } == contents)
        #expect(store.batches.map(\.sha256) == contents.map { RunningHash.hexadecimal(of: Array($0.utf8)) })
    }

    @Test func aFileThatCannotBeMadeIsMadeLater() throws {
        // Folders take four: the root, logs, the host, the log. One more for the first file.
        let disk = try SmallFileSystem(kilobytes: 64, inodes: 5)
        let store = try StoreHarness(at: disk.path)
        let writer = store.writer()
        try writer.append("a\n", window: Self.window)
        try writer.sync()
        store.commit(writer.takeProgress())
        for _ in 0..<2 {
            let error = #expect(throws: BatchError.self) { try writer.append("b\n", window: Self.next) }
            #expect(error?.isFull == true)
            writer.rollBack()
        }
        // The same after a restart: the journal has the batch, and there is no file.
        #expect(try store.recover().findings.isEmpty)
        let second = store.writer()
        #expect(throws: BatchError.self) { try second.append("b\n", window: Self.next) }
        second.rollBack()
        try FileManager.default.removeItem(atPath: store.path(store.batches[0]))
        try second.append("b\n", window: Self.next)
        try second.sync()
        store.commit(second.takeProgress())
        #expect(store.reservations == 2)
        #expect(try store.content(store.batches[1]) == "b\n")
    }

    @Test func compressionThatFindsNoRoomLeavesThePlainFile() throws {
        let disk = try SmallFileSystem(kilobytes: 64)
        let store = try StoreHarness(at: disk.path)
        let writer = store.writer()
        var generator = SeededGenerator(seed: 4)
        let noise = generator.bytes(30_000).map { String($0, radix: 16) }.joined() + "\n"
        try writer.append(noise, window: Self.window)
        try writer.sync()
        writer.closeAll(now: Self.next)
        store.commit(writer.takeProgress())
        let before = store.files()
        let error = #expect(throws: BatchError.self) {
            _ = try BatchCompression.compress(store.batches[0], in: store.folder)
        }
        #expect(error?.isFull == true)
        #expect(store.files() == before)
        #expect(try store.content(store.batches[0]) == noise)
    }
}
