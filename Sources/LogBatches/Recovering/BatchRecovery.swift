package import Wire

/// Puts files and journal in agreement at the start, before anything is written or delivered.
package struct BatchRecovery: Sendable {
    /// A log whose lines are stored.
    package struct StoredLog: Hashable, Sendable {
        package var host: String
        package var log: String

        package init(host: String, log: String) {
            self.host = host
            self.log = log
        }
    }

    /// New values, of those batches only that changed; to be saved before anything else.
    package var batches: [LogBatch] = []
    package var findings: [BatchFinding] = []

    /// - Parameters:
    ///   - batches: all that the journal has.
    ///   - stored: logs that have a `<store>` now; open batches of others are closed.
    package static func recover(
        folder: BatchFolder,
        batches: [LogBatch],
        stored: Set<StoredLog>,
        now: Timestamp
    ) throws(BatchError) -> BatchRecovery {
        fatalError()
    }
}
