import Glibc
import Journal
import LogBatches
import Logging
import Wire

extension Housekeeper {
    private static let removedAtOnce = 200

    /// Puts the files of a log's batches past their retention out of the way and reports them as removed.
    ///
    /// - Parameter sentThrough: what was closed then or later is still to be told of in a summary.
    func remove(_ name: LogName, at now: Timestamp, sentThrough: Timestamp) throws {
        let before = min(now - settings(of: name).keep, sentThrough)
        while signal.deadline == nil {
            let due = try journal.removable(name, before: before, limit: Self.removedAtOnce + pending.count)
                .filter { pending[$0.id] == nil }
            let gone = try journal.failed(name, closedBefore: before).filter { pending[$0.id] == nil && isGone($0) }
            var removed: [LogBatch] = []
            defer { tell(removed: removed) }
            for candidate in due + gone {
                guard signal.deadline == nil else { return }
                if try retire(candidate) { removed.append(candidate) }
            }
            guard due.count >= Self.removedAtOnce, !removed.isEmpty else { return }
        }
    }

    private func retire(_ candidate: LogBatch) throws -> Bool {
        // Again, and as it is now: it is not removed if anybody has found a use for it meanwhile.
        guard let batch = try journal.batch(candidate.id), batch == candidate else { return false }
        do throws(BatchError) {
            try folder.retire(batch)
        } catch {
            logger.error("housekeeping: \(error)")
            return false
        }
        logger.debug("removed after its retention", metadata: ["file": "\(folder.relativePath(of: batch))"])
        pending[batch.id] = .removed(batch)
        untouchable.remove(batch.id)
        tally.removedFiles += 1
        tally.removedBytes += batch.storedBytes
        return true
    }

    /// Nobody can deliver what is not there any more. While there is a file of it, a failed batch stays.
    private func isGone(_ batch: LogBatch) -> Bool {
        guard folder.locate(batch) == nil else { return false }
        logger.notice(
            "the file of a failed batch is gone and its retention is over: it is forgotten",
            metadata: ["file": "\(folder.relativePath(of: batch))", "host": "\(batch.host)", "log": "\(batch.log)"]
        )
        return true
    }

    /// Ends what was begun and is in the journal by now.
    func endPending() throws {
        for (id, step) in pending {
            let batch = try journal.batch(id)
            do throws(BatchError) {
                switch step {
                case .removed(let removed):
                    guard batch == nil else {
                        // Without any room the journal could never be told.
                        if budget.isShortOfSpace { try folder.purge(removed) }
                        continue
                    }
                    try folder.purge(removed)
                    removeEmptyFolders(above: removed)
                case .compressed(let compressed):
                    if let batch {
                        guard batch.isCompressed else { continue }
                        try BatchCompression.finish(compressed, in: folder)
                    }
                case .failed(let failed):
                    if let batch {
                        guard batch.state == .failed else { continue }
                        try folder.settle(failed)
                    }
                }
                pending[id] = nil
            } catch {
                // At the latest the next start ends it.
                pending[id] = nil
                logger.error("housekeeping: \(error)")
            }
        }
    }

    /// Of a log that is not stored any more; nobody makes files there.
    private func removeEmptyFolders(above batch: LogBatch) {
        guard !isStored(LogName(host: batch.host, log: batch.log)) else { return }
        let top = "\(folder.stateDirectory)/logs"
        var path = folder.path(of: batch)
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            // rmdir(2) takes only what is empty.
            guard path.count > top.count, rmdir(path) == 0 || errno == ENOENT else { return }
        }
    }
}
