import Configuration
import LogBatches
import SSH

/// A try that was cut off while the file got its name.
extension BatchDelivery {
    /// What became of a rename whose end is not known. True when the receiver has the batch.
    func finishEarlierRename() throws -> Bool {
        guard batch.isBeingRenamed, let path = batch.remotePath else { return false }
        guard batch.announcedTo ?? receiver.settings.receiver == receiver.settings.receiver else {
            // The delivery was pointed at another receiver since, where nothing is to be taken for that rename.
            try withdraw()
            return false
        }
        let found = try receiver.sftp.attributes(of: path, followingLinks: false)
        let isThere = found != nil
        guard let temporary = try earlierTemporary() else {
            guard try found.map({ try isOurs(path, $0) }) ?? receiver.sftp.canSync else {
                // Somebody else's file; or, where the temporary one was not made durable, a loss of power.
                try withdraw()
                return false
            }
            wasTaken = !isThere
            if isThere { try makeDurable(path) }
            noteConflict(path)
            return true
        }
        let isWhole = try receiver.holds(temporary, byteCount: batch.byteCount, sha256: batch.sha256)
        if isWhole, !isThere {
            if try rename(temporary, to: path) { return true }
        } else if isThere, try receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256) {
            // A server that died between the two steps of its rename leaves both names.
            try receiver.sftp.remove(temporary)
            try makeDurable(path)
            noteConflict(path)
            return true
        }
        // Another file has the name, or what was left is not whole: from the begin.
        if temporary != self.temporary { try receiver.sftp.remove(temporary) }
        try withdraw()
        return false
    }

    /// Whether what is found under the name that was announced is this batch: by its size where it may not be read.
    private func isOurs(_ path: String, _ found: SFTPAttributes) throws(SSHError) -> Bool {
        do throws(SSHError) {
            return try receiver.holds(path, byteCount: batch.byteCount, sha256: batch.sha256)
        } catch {
            guard error.kind == .permissionDenied else { throw error }
            return found.size == batch.byteCount
        }
    }

    /// The temporary file, also where this journal had another id when it wrote it.
    private func earlierTemporary() throws(SSHError) -> String? {
        if try receiver.sftp.attributes(of: temporary, followingLinks: false) != nil { return temporary }
        do throws(SSHError) {
            return try receiver.sftp.list(receiver.path(".")) { DeliveredName.isTemporary($0.name, of: batch) }
                .first.map { receiver.path($0.name) }
        } catch {
            // A directory that may be written to and not listed.
            guard error.isAnswer else { throw error }
            return nil
        }
    }
}
