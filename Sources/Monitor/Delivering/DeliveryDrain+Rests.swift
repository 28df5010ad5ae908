import Configuration
import Journal
import LogBatches
import Logging
import SSH

/// Temporary files on the receiver that nobody goes on with.
extension DeliveryDrain {
    /// Removes pieces of batches that were being written when something ended. One that the journal shows as sent gets its
    /// name again: the receiver lost its power before the rename was on its disk.
    ///
    /// - Throws: `SSHError` where the connection is of no further use; a receiver that does not let us is passed over.
    func settleRests(on receiver: Receiver) throws {
        let id = try journal.identity()
        let pending = try journal.pendingBatchIDs(of: settings.name)
        var rests: [(name: String, batch: Int64)] = []
        try passingOverRefusals {
            rests = try receiver.sftp.list(receiver.path(".")).compactMap { entry in
                guard let batch = DeliveredName.batch(ofTemporary: entry.name, journal: id) else { return nil }
                return pending.contains(batch) ? nil : (entry.name, batch)
            }
        }
        for (name, id) in rests {
            try passingOverRefusals {
                let path = receiver.path(name)
                if let batch = try journal.batch(id), try putBack(batch, from: path, on: receiver) { return }
                try receiver.sftp.remove(path)
                logger.notice("\(settings.name): removed \(name), the rest of an earlier transfer")
            }
        }
    }

    private func passingOverRefusals(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as SSHError {
            guard error.isAnswer else { throw error }
            if !keepsRests {
                logger.notice(
                    """
                    \(settings.name): rests of earlier transfers stay on the receiver, which does not let them be found \
                    or removed; batches are delivered all the same. \(error)
                    """
                )
            }
            keepsRests = true
        }
    }

    /// False where the batch is not one that was delivered, or has its name.
    private func putBack(_ batch: LogBatch, from temporary: String, on receiver: Receiver) throws -> Bool {
        guard batch.state == .sent, batch.delivery == settings.name, let path = batch.remotePath,
            try receiver.sftp.attributes(of: path, followingLinks: false) == nil,
            try receiver.holds(temporary, byteCount: batch.byteCount, sha256: batch.sha256)
        else { return false }
        try receiver.sftp.rename(temporary, to: path)
        logger.warning(
            """
            \(settings.name): the receiver had lost the name \(path) of a batch that it had confirmed, and has it again. \
            Look whether it lost its power.
            """
        )
        return true
    }
}
