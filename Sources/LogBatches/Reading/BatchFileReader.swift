import CLinux

/// Reads a batch's content from its file, wherever it lies and whether it is compressed or not.
///
/// It goes on when the file is moved, compressed or removed meanwhile. Belongs to one thread.
package final class BatchFileReader {
    /// How far it is read: the batch's `byteCount`.
    package private(set) var end: UInt64
    /// Where the next byte comes from.
    package private(set) var offset: UInt64
    private let batch: LogBatch
    private let folder: BatchFolder
    /// Nil while there is nothing to read: a batch without content need not have a file.
    private var opened: Opened?
    private(set) var hash: RunningHash?

    /// - Parameters:
    ///   - offset: in the content; a compressed file is unpacked up to there.
    ///   - isHashed: `sha256` is made on the way, which needs all of it from offset 0.
    package init(
        _ batch: LogBatch,
        in folder: BatchFolder,
        at offset: UInt64 = 0,
        isHashed: Bool = false
    ) throws(BatchError) {
        precondition(!isHashed || offset == 0)
        end = batch.byteCount
        self.offset = 0
        hash = isHashed ? RunningHash() : nil
        self.batch = batch
        self.folder = folder
        if end > 0 { opened = try Self.open(batch, in: folder) }
        try skip(to: min(offset, end))
    }

    /// The file that was opened; by now it may be elsewhere.
    package var path: String { opened?.path ?? folder.path(of: batch) }

    /// Of an open batch that has grown.
    package func extend(to byteCount: UInt64) { end = max(end, byteCount) }

    /// Fills the buffer as far as the content goes: 0 only at its end. Blocks for the disk.
    ///
    /// Throws, with `isAltered`, where the file has less than it should, or is no gzip file any more.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(BatchError) -> Int {
        let wanted = Int(min(UInt64(buffer.count), end - offset))
        guard wanted > 0 else { return 0 }
        let opened: Opened
        if let already = self.opened { opened = already } else { opened = try Self.open(batch, in: folder) }
        self.opened = opened
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
        let count: Int
        if let unpacking = opened.unpacking {
            let result = unpacking.read(into: target)
            guard result >= 0 else { throw BatchError("read", path: path, number: Int32(-result)) }
            guard !unpacking.isBroken else {
                throw .altered(
                    "read",
                    path: path,
                    text: "the compressed file is damaged behind \(offset) of \(end) bytes"
                )
            }
            count = result
        } else {
            count = logs_read(opened.file.descriptor, target.baseAddress, wanted, offset)
            guard count >= 0 else { throw BatchError("read", path: path, number: Int32(-count)) }
        }
        guard count == wanted else {
            let size = offset + UInt64(count)
            throw .altered("read", path: path, text: BatchFolder.cutOff(size, of: end))
        }
        hash?.update(UnsafeRawBufferPointer(target))
        offset += UInt64(count)
        return count
    }

    /// Of what was read so far; nil where it was not asked for.
    package var sha256: String? { hash?.hexadecimal }

    private func skip(to wanted: UInt64) throws(BatchError) {
        guard opened?.unpacking != nil else {
            offset = wanted
            return
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while offset < wanted {
            let count = Int(min(UInt64(buffer.count), wanted - offset))
            _ = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    // MARK: Opening

    private struct Opened {
        let file: OpenFile
        let path: String
        let unpacking: GzipInflation?
    }

    private static func open(_ batch: LogBatch, in folder: BatchFolder) throws(BatchError) -> Opened {
        // It may be moved or compressed between being found and being opened, and be in no place that was looked at while
        // it was.
        for _ in 0..<8 {
            for found in try folder.find(batch) {
                let name = BatchFolder.fileName(batch, isCompressed: found.isCompressed)
                let descriptor = files_open_to_read(found.folder.descriptor, name)
                let path = folder.path(of: batch, in: found.place, isCompressed: found.isCompressed)
                if descriptor == -ENOENT || descriptor == -ELOOP { continue }
                guard descriptor >= 0 else { throw BatchError("read", path: path, number: -descriptor) }
                let file = OpenFile(descriptor)
                guard let status = file.status(), status.is_regular != 0 else { continue }
                return Opened(file: file, path: path, unpacking: found.isCompressed ? GzipInflation(file) : nil)
            }
        }
        throw folder.missing(batch, "read")
    }
}
