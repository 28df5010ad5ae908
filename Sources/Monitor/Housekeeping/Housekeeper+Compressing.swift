import Alerts
import Glibc
import Journal
import LogBatches
import Logging
import Wire

extension Housekeeper {
    private static let searchedAtOnce = 100_000

    /// Compresses what is due of a log, one file after the other, the oldest first.
    func compress(_ name: LogName, at now: Timestamp) throws {
        guard let after = settings(of: name).compressAfter else { return }
        for candidate in try journal.compressible(name, closedBefore: now - after, limit: Self.searchedAtOnce) {
            guard signal.deadline == nil else { return }
            guard pending[candidate.id] == nil, !untouchable.contains(candidate.id),
                let batch = try journal.batch(candidate.id), batch == candidate
            else { continue }
            var failure: (any Error)?
            do throws(BatchError) {
                let compressed = try BatchCompression.compress(
                    batch,
                    in: folder,
                    isCancelled: {
                        // A long file keeps nobody from noticing that the disk fills up.
                        do { try watchDisk() } catch { failure = error }
                        return signal.deadline != nil || failure != nil
                    }
                )
                if let failure { throw BatchError(interruptedBy: failure, path: folder.path(of: batch)) }
                guard var compressed else { return }
                // One without content has nothing to compress.
                compressed.isCompressed = true
                pending[batch.id] = .compressed(compressed)
                tell([compressed])
                tally.compressedFiles += 1
                tally.plainBytes += batch.byteCount
                tally.compressedBytes += compressed.storedBytes
            } catch {
                try handle(error, of: batch)
            }
        }
    }

    /// Looks for the files of a log's batches that nobody delivers: of the others, their delivery notices.
    func search(_ name: LogName, at now: Timestamp) throws {
        for batch in try journal.compressible(name, closedBefore: now, limit: Self.searchedAtOnce)
        where batch.state == .closed && batch.byteCount > 0 && pending[batch.id] == nil {
            guard signal.deadline == nil else { return }
            let path = folder.locate(batch)
            var status = stat()
            if let path, stat(path, &status) == 0 {
                let expected = path.hasSuffix(".gz") ? batch.storedBytes : batch.byteCount
                guard UInt64(status.st_size) != expected else { continue }
                let text =
                    "the file was edited or cut off: it has \(status.st_size) bytes, and \(expected) were written"
                try fail(batch, path: path, finding: text)
            } else if path == nil, try journal.batch(batch.id) == batch, folder.locate(batch) == nil {
                try fail(batch, path: folder.path(of: batch), finding: "the file was removed or moved away")
            }
        }
    }

    private func handle(_ error: BatchError, of batch: LogBatch) throws {
        guard error.isAltered else { throw error }
        guard batch.state == .closed else {
            // The receiver has it whole. What lies here is kept for its time, and is whatever somebody made of it.
            untouchable.insert(batch.id)
            logger.notice(
                "a batch that was sent is not compressed: \(error.text)",
                metadata: ["file": "\(error.path)", "host": "\(batch.host)", "log": "\(batch.log)"]
            )
            return
        }
        try fail(batch, path: error.path, finding: error.text, mend: error.mend)
    }

    /// Declares that a batch is not what was written. It is kept until somebody has looked at it.
    private func fail(
        _ batch: LogBatch,
        path: String,
        finding: String,
        mend: String = BatchError.alteredMend
    ) throws {
        var failed = batch
        failed.state = .failed
        failed.lastError = "\(finding). \(mend)."
        pending[batch.id] = .failed(failed)
        logger.notice(
            "a batch file is not what was written: \(finding)",
            metadata: ["file": "\(path)", "host": "\(batch.host)", "log": "\(batch.log)"]
        )
        let altered = AlteredBatch(
            host: batch.host,
            log: batch.log,
            path: path,
            finding: "\(finding). \(mend).",
            delivery: batch.delivery
        )
        tell([failed], events: [.altered(altered)])
    }
}

extension BatchError {
    fileprivate init(interruptedBy error: any Error, path: String) {
        self.init(
            operation: "compress",
            path: path,
            text: "interrupted: \(error)",
            mend: "It is tried again",
            isTransient: true
        )
    }
}
