/// Reads a batch's content from its file, wherever it lies and whether it is compressed or not.
///
/// It goes on when the file is moved, compressed or removed meanwhile.
package final class BatchFileReader {
    /// - Parameters:
    ///   - offset: in the content; a compressed file is unpacked up to there.
    ///   - isHashed: `sha256` is made on the way, which needs all of it from offset 0.
    package init(
        _ batch: LogBatch,
        in folder: BatchFolder,
        at offset: UInt64 = 0,
        isHashed: Bool = false
    ) throws(BatchError) {
        fatalError()
    }

    /// Where the next byte comes from.
    package var offset: UInt64 { fatalError() }

    /// How far it is read: the batch's `byteCount`.
    package private(set) var end: UInt64 = 0

    /// Of an open batch that has grown.
    package func extend(to byteCount: UInt64) { fatalError() }

    /// Fills the buffer as far as the content goes: 0 only at its end.
    ///
    /// Throws, with `isAltered`, where the file has less than it should.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(BatchError) -> Int { fatalError() }

    /// Of what was read so far; nil where it was not asked for.
    package var sha256: String? { fatalError() }
}
