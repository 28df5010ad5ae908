package import AccessLogs
package import Wire

/// Writes the lines of one stored log into the files of their batches. Belongs to the thread of the log's host.
///
///     try writer.append(bytes, segments: …)   // for each piece of a request
///     try writer.sync()                       // the request ends: what was written is on the disk
///     writer.closeDue(now: …)                 // at any time
///     let batches = writer.takeProgress()     // for the journal, in the transaction with the log's cursors
///
/// When anything throws, `rollBack()`: files and values are as at the last `takeProgress`, and the lines are read again.
package final class BatchWriter {
    /// More windows of a log are not written at once.
    package static let openLimit = 64

    /// - Parameters:
    ///   - open: the log's open batches of the journal, as `BatchRecovery` left them.
    ///   - reserve: takes a batch into the journal, durably, before it has a file, and returns it with its number and the
    ///     first part that is free and the name of that part.
    package init(
        folder: BatchFolder,
        settings: StoreSettings,
        host: String,
        address: String,
        log: String,
        format: String,
        open: [LogBatch],
        reserve: @escaping (_ draft: LogBatch, _ name: (Int) -> String) throws -> LogBatch
    ) {
        fatalError()
    }

    /// - Parameters:
    ///   - segments: cover the bytes; those without a window go by the arrival, told by the host's clock.
    ///   - header: the `#` lines that the bytes need to be read and that stand before them.
    ///   - arrival: by the server's clock.
    ///   - skewMilliseconds: the host's clock minus ours.
    package func append(
        _ bytes: UnsafeRawBufferPointer,
        segments: [LineSegment],
        header: [UInt8],
        arrival: Timestamp,
        skewMilliseconds: Int64
    ) throws(BatchError) {
        fatalError()
    }

    /// What was appended survives a loss of power. Holds no file open afterwards.
    package func sync() throws(BatchError) { fatalError() }

    /// Back to the last `takeProgress`.
    package func rollBack() { fatalError() }

    /// The batches that changed since the last time, those that were closed among them. To be called after `sync`.
    package func takeProgress() -> [LogBatch] { fatalError() }

    /// What was found to be wrong with files since the last time; to be taken with the progress.
    package func takeFindings() -> [BatchFinding] { fatalError() }

    package var hasProgress: Bool { fatalError() }

    /// - Parameter isBehind: the log's lines are of the past and being caught up on: a batch is not closed while lines for
    ///   it come.
    package func closeDue(now: Timestamp, skewMilliseconds: Int64, isBehind: Bool) { fatalError() }

    /// When `closeDue` has something to do; nil while no batch is open.
    package func nextClose(skewMilliseconds: Int64, isBehind: Bool) -> Timestamp? { fatalError() }

    /// For a log that is not stored any more.
    package func closeAll(now: Timestamp) { fatalError() }
}
