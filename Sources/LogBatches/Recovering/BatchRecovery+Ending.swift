package import Wire

extension BatchRecovery {
    /// Closes open batches that nothing is appended to any more: their log is not stored, or not configured, since the
    /// configuration was read again. No other file is looked at.
    ///
    /// Blocks for the disk.
    /// - Parameter batches: open ones as the journal has them; their writers have ended.
    package static func end(
        _ batches: [LogBatch],
        in folder: BatchFolder,
        now: Timestamp
    ) throws(BatchError) -> BatchRecovery {
        var recovery = BatchRecovery(folder: folder, now: now)
        for batch in batches { try recovery.mend(batch, isStored: false) }
        return recovery
    }
}
