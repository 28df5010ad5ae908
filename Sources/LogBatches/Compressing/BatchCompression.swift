import CLinux

/// Compresses closed batches by gzip.
///
///     plain file → `.NAME.gz.new` → `NAME.gz` beside the plain one → journal → plain file removed
///
/// A crash leaves the plain file or both; `BatchRecovery` removes what the journal does not say.
package enum BatchCompression {
    private static let pieceSize = 256 << 10

    /// Makes the compressed file beside the plain one, which stays until `finish`. The content is checked on the way: a
    /// file that is not what was written is not compressed (`isAltered`). Blocks for the disk.
    ///
    /// - Parameter isCancelled: asked for every 256 KiB; nothing is left behind then.
    /// - Returns: the batch's new value, for the journal; nil when cancelled.
    package static func compress(
        _ batch: LogBatch,
        in folder: BatchFolder,
        isCancelled: () -> Bool = { false }
    ) throws(BatchError) -> LogBatch? {
        guard let place = try folder.find(batch).first else {
            if batch.byteCount == 0 { return batch }
            throw folder.missing(batch, "compress")
        }
        var compressed = batch
        compressed.isCompressed = true
        if place.isCompressed {
            compressed.storedBytes = place.status.size
            return compressed
        }
        let directory = place.folder.descriptor
        let temporary = BatchFolder.compressingName(batch)
        let path = folder.path(of: batch, in: place.place, isCompressed: true)
        _ = files_remove(directory, temporary)
        let descriptor = files_create(directory, temporary)
        guard descriptor >= 0 else { throw BatchError("compress", path: path, number: -descriptor) }
        let file = OpenFile(descriptor)
        var isFinished = false
        defer { if !isFinished { _ = files_remove(directory, temporary) } }

        guard let size = try pack(batch, folder, into: file, path, isCancelled) else { return nil }
        var result = files_sync(descriptor)
        // What has the name is of an earlier try that the journal has not heard of.
        if result == 0 {
            result = files_replace(directory, temporary, directory, BatchFolder.fileName(batch, isCompressed: true))
        }
        guard result == 0 else { throw BatchError("compress", path: path, number: -result) }
        isFinished = true
        // Before the plain file may go, the name must be on the disk.
        result = files_sync_folder(directory)
        guard result == 0 else { throw BatchError("compress", path: path, number: -result) }
        compressed.storedBytes = size
        return compressed
    }

    /// Removes the plain file, once the journal has the value that `compress` returned.
    package static func finish(_ batch: LogBatch, in folder: BatchFolder) throws(BatchError) {
        guard batch.isCompressed else { return }
        let found = try folder.find(batch)
        guard found.contains(where: { $0.isCompressed }) else { return }
        for file in found where !file.isCompressed {
            let result = files_remove(file.folder.descriptor, batch.fileName)
            guard result == 0 || result == -ENOENT else {
                throw BatchError(
                    "remove",
                    path: folder.path(of: batch, in: file.place, isCompressed: false),
                    number: -result
                )
            }
        }
    }

    /// - Returns: the size of what it became; nil when cancelled.
    private static func pack(
        _ batch: LogBatch,
        _ folder: BatchFolder,
        into file: OpenFile,
        _ path: String,
        _ isCancelled: () -> Bool
    ) throws(BatchError) -> UInt64? {
        let reader = try BatchFileReader(batch, in: folder, isHashed: true)
        guard let deflation = GzipDeflation(file) else { throw BatchError("compress", path: path, number: ENOMEM) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            if isCancelled() { return nil }
            let count = try reader.read(into: buffer)
            if count == 0 { break }
            let result = deflation.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            guard result == 0 else { throw BatchError("compress", path: path, number: -result) }
        }
        if let expected = batch.sha256, let found = reader.sha256, found != expected {
            throw .altered(
                "compress",
                path: reader.path,
                text: "the file was edited: its SHA-256 is \(found), and \(expected) was written"
            )
        }
        let result = deflation.finish()
        guard result == 0 else { throw BatchError("compress", path: path, number: -result) }
        return deflation.size
    }
}
