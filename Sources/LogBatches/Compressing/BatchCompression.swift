/// Compresses closed batches by gzip.
package enum BatchCompression {
    /// Makes the compressed file beside the plain one, which stays until `finish`. Checks the content by the way.
    ///
    /// - Parameter isCancelled: asked for every piece; nothing is left behind then.
    /// - Returns: the batch's new value, for the journal; nil when cancelled.
    package static func compress(
        _ batch: LogBatch,
        in folder: BatchFolder,
        isCancelled: () -> Bool = { false }
    ) throws(BatchError) -> LogBatch? {
        fatalError()
    }

    /// Removes the plain file, once the journal has the value that `compress` returned.
    package static func finish(_ batch: LogBatch, in folder: BatchFolder) throws(BatchError) { fatalError() }
}
