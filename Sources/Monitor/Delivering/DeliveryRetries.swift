import LogBatches
import Wire

/// When what failed is tried again. A value without a clock.
struct DeliveryRetries {
    /// So often a batch is tried before it is `failed`.
    static let tries = 3

    /// After a first failure, doubled for each further one.
    let first: Duration
    /// Once a batch is `failed`, and at most between two connections.
    let later: Duration
    private var connectionFailures = 0

    init(first: Duration, later: Duration) {
        self.first = first
        self.later = later
    }

    /// - Returns: how long to wait before the next connection.
    mutating func connectionFailed() -> Duration {
        connectionFailures += 1
        return delay(after: connectionFailures)
    }

    mutating func connectionSucceeded() { connectionFailures = 0 }

    /// The batch after one more failure.
    /// - Parameter isFinal: another try soon would change nothing (the receiver does not let us in, the file is not what
    ///   was written).
    func failed(_ batch: LogBatch, because reason: String, isFinal: Bool, at now: Timestamp) -> LogBatch {
        var batch = batch
        batch.attempts += 1
        batch.lastError = reason
        if batch.state == .failed || isFinal || batch.attempts >= Self.tries {
            batch.state = .failed
            batch.nextAttemptAt = now + later
        } else {
            batch.nextAttemptAt = now + delay(after: batch.attempts)
        }
        return batch
    }

    private func delay(after failures: Int) -> Duration {
        min(first * (1 << min(max(failures - 1, 0), 16)), later)
    }
}
