/// Where batches' files lie: `STATE/logs/HOST/NAME/FILE` while they are open or wait, in `sent/` and `failed/` there
/// afterwards, and with `.gz` behind once compressed.
///
/// The journal's state says where a file should be; where it is after a crash is found by looking in all of them.
package struct BatchFolder: Sendable {
    package let stateDirectory: String

    package init(stateDirectory: String) {
        self.stateDirectory = stateDirectory
    }

    /// Where the file should lie by its state.
    package func path(of batch: LogBatch) -> String { "\(stateDirectory)/\(relativePath(of: batch))" }

    /// In the state directory.
    package func relativePath(of batch: LogBatch) -> String { fatalError() }

    /// Where the file lies; nil where there is none. Where both are, a compressed one rather than the plain one by what the
    /// batch says. Blocks for the disk.
    package func locate(_ batch: LogBatch) -> String? { fatalError() }

    /// Moves the file to where the state wants it. Again, it changes nothing.
    package func settle(_ batch: LogBatch) throws(BatchError) { fatalError() }
}
