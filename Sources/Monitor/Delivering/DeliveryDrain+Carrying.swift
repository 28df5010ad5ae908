import Configuration
import Journal
import LogBatches
import SSH
import Wire

/// Batches on their way, one behind the other over one connection.
///
/// While the receiver syncs and hashes one batch, the next is written. Nothing is announced or renamed before both are
/// known, and batches are finished in their order.
extension DeliveryDrain {
    func carry(_ batches: [LogBatch]) throws {
        // Not known to be whole and durable yet.
        var written: BatchDelivery?
        for batch in batches where !isOver {
            guard let receiver else { return }
            let next = try delivery(of: batch, to: receiver)
            let isWritten = try attempt(next, beside: written) {
                try written?.checkMeanwhile()
                try next.begin()
            }
            try finish(written, beside: isWritten ? next : nil)
            written = isWritten ? next : nil
        }
        try finish(written, beside: nil)
    }

    private func delivery(of batch: LogBatch, to receiver: Receiver) throws -> BatchDelivery {
        catchingUp?.tried.insert(batch.id)
        return BatchDelivery(
            batch,
            to: receiver,
            from: folder,
            journal: try journal.identity(),
            isCancelled: { [signal] in signal.isOver },
            isAnothers: { [journal] in try journal.isPathOfAnother($0, than: batch) },
            save: { [journal] in try journal.save($0) }
        )
    }

    /// - Parameter next: written, and waits for its turn.
    private func finish(_ delivery: BatchDelivery?, beside next: BatchDelivery?) throws {
        // Where the connection was lost, it was told to have failed with it.
        guard let delivery, receiver != nil else { return }
        guard !isOver else { return delivery.abandon() }
        guard try attempt(delivery, beside: next, delivery.finish) else { return }
        try succeeded(delivery)
        retries.connectionSucceeded()
        if wasAway { catchingUp = (.now + settings.retry, []) }
        wasAway = false
    }

    /// Takes a step of a batch; false where it failed, or was cancelled.
    private func attempt(
        _ delivery: BatchDelivery,
        beside other: BatchDelivery?,
        _ step: () throws -> Void
    ) throws -> Bool {
        do {
            try step()
            return true
        } catch let error as JournalError {
            throw error
        } catch is CancellationError {
            return false
        } catch {
            try failed(delivery, beside: other, error)
            return false
        }
    }

    /// One batch failed, and it alone waits; where the connection is of no further use, so does the other one on it.
    private func failed(_ delivery: BatchDelivery, beside other: BatchDelivery?, _ error: any Error) throws {
        if interrupt.isRaised { return }
        var failed = [delivery]
        if !delivery.receiver.session.isUsable || (error as? SSHError)?.endsSFTP == true {
            // What is wrong with a file is not with the other one, which goes with the next connection. Nor does one fail
            // that was found to be there.
            if let other, !other.isThere, error is SSHError {
                failed.insert(other, at: other.begunAt < delivery.begunAt ? 0 : 1)
            }
            disconnect()
            catchingUp = nil
            isHeldUntil = .now + retries.connectionFailed()
        }
        try tellFailure(failed.map { ($0.original, $0.batch) }, error)
    }
}

extension SSHError {
    /// Whether nothing further can be asked over the same connection.
    fileprivate var endsSFTP: Bool {
        switch kind {
        case .timedOut, .connectionLost, .failed, .interrupted: true
        default: false
        }
    }
}
