package import Wire

/// Puts files and journal in agreement at the start, before anything is written, delivered or removed.
///
/// The journal is right. Open batches' files are cut to what was committed, every file lies where its batch's state wants
/// it, what a crash left half made is gone, and what is nobody's lies in `STATE/set-aside`.
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

    let folder: BatchFolder
    let now: Timestamp

    /// Blocks for the disk.
    ///
    /// - Parameters:
    ///   - batches: all that the journal has.
    ///   - stored: logs that have a `<store>` now; open batches of others are closed.
    /// - Throws: where the folders cannot be read or written at all. It can be called again.
    package static func recover(
        folder: BatchFolder,
        batches: [LogBatch],
        stored: Set<StoredLog>,
        now: Timestamp
    ) throws(BatchError) -> BatchRecovery {
        var recovery = BatchRecovery(folder: folder, now: now)
        try recovery.putAway(beside: batches)
        for (log, batches) in Dictionary(grouping: batches, by: { StoredLog(host: $0.host, log: $0.log) }) {
            let files = try LogFiles(of: log, in: folder)
            for batch in batches where !files.areSettled(batch) {
                try recovery.mend(batch, isStored: stored.contains(log))
            }
        }
        return recovery
    }

    init(folder: BatchFolder, now: Timestamp) {
        self.folder = folder
        self.now = now
    }

    mutating func mend(_ batch: LogBatch, isStored: Bool) throws(BatchError) {
        var mended = batch
        if batch.state == .open {
            try mendOpen(&mended)
            if mended.state == .open, !isStored { mended.close(at: now) }
        } else {
            try mendClosed(&mended)
        }
        do throws(BatchError) {
            try folder.settle(mended)
        } catch {
            if !error.isAltered { note(mended, error.text, error.mend, isAltered: false) }
        }
        if mended != batch { batches.append(mended) }
    }

    mutating func note(_ batch: LogBatch, _ text: String, _ mend: String, isAltered: Bool) {
        findings.append(
            BatchFinding(
                host: batch.host,
                log: batch.log,
                path: folder.locate(batch) ?? folder.path(of: batch),
                text: text,
                mend: mend,
                delivery: batch.delivery,
                isAltered: isAltered
            )
        )
    }

    /// Ends a batch whose file is not what was written.
    mutating func fail(_ batch: inout LogBatch, _ text: String) {
        note(batch, text, BatchError.alteredMend, isAltered: true)
        if batch.state == .open { batch.close(at: now) }
        batch.state = .failed
        batch.lastError = folder.alteredReason(of: batch, text)
    }
}

extension LogBatch {
    /// Ends an open batch by what the journal knows of it.
    fileprivate mutating func close(at now: Timestamp) {
        sha256 = RunningHash(resuming: self)?.hexadecimal
        state = .closed
        closedAt = now
        hashState = []
        storedBytes = byteCount
        if byteCount == 0 { delivery = nil }
    }
}
