import CLinux
package import Wire

extension BatchWriter {
    /// Closes the batches whose time it is. Their values come with the next progress, and their files stay where they are.
    ///
    /// - Parameters:
    ///   - now: by the server's clock.
    ///   - skewMilliseconds: the host's clock minus ours.
    ///   - isBehind: the log's lines are of the past and being caught up on: a batch is not closed while lines for it come.
    package func closeDue(now: Timestamp, skewMilliseconds: Int64, isBehind: Bool) {
        for index in batches.indices where batches[index].isOpen {
            var batch = batches[index].batch
            // From before the clock was set back.
            if batch.openedAt > now { batch.openedAt = batch.windowStart }
            if batch.appendedAt > now { batch.appendedAt = now }
            if due(batch, skewMilliseconds, isBehind) <= now { close(index, at: now) }
        }
    }

    /// When `closeDue` has something to do; nil while no batch is open.
    package func nextClose(skewMilliseconds: Int64, isBehind: Bool) -> Timestamp? {
        batches.lazy.filter { $0.isOpen }.map { self.due($0.batch, skewMilliseconds, isBehind) }.min()
    }

    /// For a log that is not stored any more.
    package func closeAll(now: Timestamp) {
        for index in batches.indices where batches[index].isOpen { close(index, at: now) }
    }

    private func due(_ batch: LogBatch, _ skewMilliseconds: Int64, _ isBehind: Bool) -> Timestamp {
        let end = BatchWindow(seconds: batch.windowSeconds).end(from: batch.windowStart)
        let due = max(end.subtracting(milliseconds: skewMilliseconds), batch.openedAt).adding(settings.closeAfter)
        return isBehind ? max(due, batch.appendedAt.adding(settings.closeAfter)) : due
    }

    func close(_ index: Int, at now: Timestamp) {
        if batches[index].mayHoldMore {
            batches[index].mayHoldMore = !cut(index)
            batches[index].file = nil
        }
        if let text = alteration(index) {
            fail(index, text, at: now)
        } else {
            batches[index].close(at: now)
        }
    }

    /// Ends a batch whose file another hand has changed.
    func fail(_ index: Int, _ text: String, at now: Timestamp) {
        batches[index].close(at: now, as: .failed)
        batches[index].file = nil
        batches[index].batch.lastError = folder.alteredReason(of: batches[index].batch, text)
        let batch = batches[index].batch
        findings.append(
            BatchFinding(
                host: host,
                log: log,
                path: "\(folder.stateDirectory)/\(folder.relativePath(of: batch, in: .waiting, isCompressed: false))",
                text: text,
                mend: BatchError.alteredMend,
                delivery: batch.delivery,
                isAltered: true
            )
        )
    }

    /// What is wrong with a file that is not being written, as far as its size tells; nil too where it cannot be looked at.
    private func alteration(_ index: Int) -> String? {
        let batch = batches[index].batch
        guard batch.byteCount > 0, !batches[index].mayHoldMore else { return nil }
        let names = BatchFolder.folders(host: host, log: log, place: .waiting)
        var log: OpenFile?
        do throws(BatchError) {
            log = try folder.openFolder(names, creating: false, for: "look at")
        } catch { return nil }
        guard let log else { return BatchFolder.removed }
        var status = files_status()
        let result = files_status_at(log.descriptor, batch.fileName, &status)
        if result == -ENOENT { return BatchFolder.removed }
        guard result == 0 else { return nil }
        if status.is_regular == 0 { return "the file was replaced by something else" }
        if let identity = batches[index].identity, identity != FileIdentity(status) {
            return "the file was replaced by another one"
        }
        return folder.alteration(of: batch, size: status.size)
    }
}
