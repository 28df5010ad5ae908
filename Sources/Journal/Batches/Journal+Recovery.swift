package import LogBatches

extension Journal {
    /// All there are, for a start to compare with what lies in the folders.
    package func allBatches() throws(JournalError) -> [LogBatch] {
        try batches(where: "TRUE ORDER BY id")
    }
}
