import CLinux

extension BatchRecovery {
    /// Cuts off what was not committed.
    mutating func mendOpen(_ batch: inout LogBatch) throws(BatchError) {
        guard let found = try folder.find(batch).first(where: { !$0.isCompressed }) else {
            if batch.byteCount > 0 { fail(&batch, BatchFolder.removed) }
            return
        }
        let path = folder.path(of: batch, in: found.place, isCompressed: false)
        let descriptor = files_open_to_write(found.folder.descriptor, batch.fileName)
        if descriptor == -EACCES || descriptor == -EPERM || descriptor == -ELOOP {
            // Somebody put another file there. One file must not keep everything else from being watched.
            fail(&batch, "the file was replaced by one that may not be written")
            return
        }
        guard descriptor >= 0 else { throw BatchError("cut", path: path, number: -descriptor) }
        let file = OpenFile(descriptor)
        guard let status = file.status(), status.size >= batch.byteCount else {
            fail(&batch, BatchFolder.cutOff(found.status.size, of: batch.byteCount))
            return
        }
        if status.size > batch.byteCount {
            var result = files_cut(descriptor, batch.byteCount)
            if result == 0 { result = files_sync(descriptor) }
            guard result == 0 else { throw BatchError("cut", path: path, number: -result) }
        }
        if RunningHash(resuming: batch) == nil {
            guard let hash = RunningHash(rehashing: batch, in: folder) else {
                fail(&batch, "the file cannot be read")
                return
            }
            batch.hashState = hash.state
        }
    }

    /// Compares what is there with what the journal says, by names and sizes; the content is checked by whoever reads it.
    mutating func mendClosed(_ batch: inout LogBatch) throws(BatchError) {
        let found = try folder.find(batch)
        let plain = found.first { !$0.isCompressed }
        let compressed = found.first { $0.isCompressed }
        switch (plain, compressed) {
        case (nil, nil):
            // Sent ones are the user's to remove; of failed ones it was told.
            if batch.state == .closed, batch.byteCount > 0 {
                fail(&batch, BatchFolder.removed)
            }
        case (let plain?, let compressed?):
            let surplus = batch.isCompressed ? plain : compressed
            let name = BatchFolder.fileName(batch, isCompressed: surplus.isCompressed)
            _ = files_remove(surplus.folder.descriptor, name)
        case (let plain?, nil):
            if batch.isCompressed {
                batch.isCompressed = false
                batch.storedBytes = plain.status.size
            }
            if batch.state == .closed, let text = folder.alteration(of: batch, size: plain.status.size) {
                fail(&batch, text)
            }
        case (nil, let compressed?):
            if !batch.isCompressed {
                batch.isCompressed = true
                batch.storedBytes = compressed.status.size
            }
        }
    }
}
