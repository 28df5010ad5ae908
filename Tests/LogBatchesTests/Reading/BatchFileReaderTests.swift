import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@Suite struct BatchFileReaderTests {
    private static let text = (0..<30_000).map { "192.0.2.\($0 % 250) GET /page/\($0) 200\n" }.joined()

    private func closed(_ store: StoreHarness) throws -> LogBatch {
        let writer = store.writer()
        try writer.append(Self.text, window: .morning)
        try writer.sync()
        writer.closeAll(now: Timestamp.morning.after(seconds: 1_320))
        let batch = try #require(writer.takeProgress().first)
        store.commit([batch])
        return batch
    }

    private func rest(_ reader: BatchFileReader, pieces: Int) throws -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: pieces)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
            if count == 0 { return content }
            content += buffer[..<count]
        }
    }

    @Test(arguments: [false, true], [1_000, 65_536, 10_000_000])
    func theContentComesInPieces(isCompressed: Bool, pieces: Int) throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        if isCompressed {
            batch = try #require(try BatchCompression.compress(batch, in: store.folder))
            try BatchCompression.finish(batch, in: store.folder)
        }
        let content = Array(Self.text.utf8)
        let reader = try BatchFileReader(batch, in: store.folder, isHashed: true)
        #expect(try rest(reader, pieces: pieces) == content)
        #expect(reader.sha256 == batch.sha256)
        #expect(reader.offset == batch.byteCount)
        let later = try BatchFileReader(batch, in: store.folder, at: 123_456)
        #expect(try rest(later, pieces: pieces) == Array(content[123_456...]))
        let behind = try BatchFileReader(batch, in: store.folder, at: .max)
        #expect(try rest(behind, pieces: pieces).isEmpty)
    }

    @Test func whatIsNotCommittedIsNotRead() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: .morning)
        try writer.sync()
        store.commit(writer.takeProgress())
        let reader = try BatchFileReader(store.batches[0], in: store.folder)
        try writer.append("b\n", window: .morning)
        #expect(try rest(reader, pieces: 10) == Array("a\n".utf8))
        try writer.sync()
        let grown = try #require(writer.takeProgress().first)
        reader.extend(to: grown.byteCount)
        #expect(try rest(reader, pieces: 10) == Array("b\n".utf8))
    }

    @Test func aBatchWithoutContentNeedsNoFileUntilItGrows() throws {
        let store = try StoreHarness()
        let writer = store.writer()
        try writer.append("a\n", window: .morning)
        let reader = try BatchFileReader(store.batches[0], in: store.folder, isHashed: true)
        #expect(try rest(reader, pieces: 10).isEmpty)
        reader.extend(to: 2)
        #expect(try rest(reader, pieces: 10) == Array("a\n".utf8))
        #expect(reader.sha256 == RunningHash.hexadecimal(of: Array("a\n".utf8)))
    }

    @Test func itGoesOnWhenTheFileIsMovedCompressedOrRemoved() throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        let reader = try BatchFileReader(batch, in: store.folder, isHashed: true)
        var buffer = [UInt8](repeating: 0, count: 1_000)
        let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
        #expect(count == 1_000)
        batch.state = .sent
        try store.folder.settle(batch)
        batch = try #require(try BatchCompression.compress(batch, in: store.folder))
        try BatchCompression.finish(batch, in: store.folder)
        // A value from before finds it, too.
        #expect(try store.bytes(store.batches[0]) == Array(Self.text.utf8))
        try store.folder.retire(batch)
        try store.folder.purge(batch)
        #expect(try rest(reader, pieces: 65_536).count == Self.text.utf8.count - 1_000)
        #expect(reader.sha256 == batch.sha256)
    }

    @Test(arguments: [false, true])
    func aFileThatHasLessThanItShouldIsNotReadAsIfWhole(isCompressed: Bool) throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        if isCompressed {
            batch = try #require(try BatchCompression.compress(batch, in: store.folder))
            try BatchCompression.finish(batch, in: store.folder)
        }
        truncate(store.path(batch), 10_000)
        let error = #expect(throws: BatchError.self) {
            _ = try rest(BatchFileReader(batch, in: store.folder), pieces: 65_536)
        }
        #expect(error?.isAltered == true)
    }

    @Test func aCompressedFileThatIsDamagedIsSaid() throws {
        let store = try StoreHarness()
        var batch = try closed(store)
        batch = try #require(try BatchCompression.compress(batch, in: store.folder))
        try BatchCompression.finish(batch, in: store.folder)
        let path = store.path(batch)
        var generator = SeededGenerator(seed: 3)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for _ in 0..<100 {
            var damaged = whole
            damaged[Int.random(in: 0..<whole.count, using: &generator)] ^=
                1 << UInt8.random(in: 0..<8, using: &generator)
            try damaged.write(to: URL(fileURLWithPath: path))
            do throws(BatchError) {
                let reader = try BatchFileReader(batch, in: store.folder, isHashed: true)
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 1)
                defer { buffer.deallocate() }
                while try reader.read(into: buffer) > 0 {}
                // Bits of the header, or of the check sum behind the content, tell nothing of it.
                #expect(reader.sha256 == batch.sha256 || reader.offset == batch.byteCount)
            } catch {
                #expect(error.isAltered)
            }
        }
    }

    @Test func aLinkInPlaceOfTheFileIsNotRead() throws {
        let store = try StoreHarness()
        let batch = try closed(store)
        let path = store.path(batch)
        try FileManager.default.moveItem(atPath: path, toPath: store.state.path + "/elsewhere")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: store.state.path + "/elsewhere")
        let error = #expect(throws: BatchError.self) { _ = try BatchFileReader(batch, in: store.folder) }
        #expect(error?.isAltered == true)
    }
}
