package import Wire

/// What metricsd tells of itself, for `ServiceAlerts`.
package enum ServiceEvent: Equatable, Sendable {
    /// How a delivery stands after a batch was tried.
    case delivery(String, DeliveryCondition)
    /// On the receiver another file has a batch's name; the batch was stored under another.
    case conflict(DeliveryConflict)
    /// A batch's file here is not what was written: edited, cut off or removed.
    case altered(AlteredBatch)
    /// How metricsd's own clock stands to those of the hosts.
    case ownClock(OwnClockCondition)
    /// What waits in the journal for the database; once a minute.
    case journal(JournalCondition)
    /// The journal could not be read: where it lies now, and what was found.
    case journalDamaged(folder: String, finding: String)
    /// What the batch files take. `budget` nil: there is none.
    case diskUse(bytes: UInt64, budget: UInt64?, isStopped: Bool, reason: String)
}

package struct DeliveryCondition: Equatable, Sendable {
    /// Batches that were tried several times in vain, or cannot be tried: the delivery fails while there are any.
    package var failedBatches: Int
    /// All that are not delivered yet, those included, and their bytes.
    package var waitingBatches: Int
    package var waitingBytes: UInt64
    /// When the oldest of them was closed.
    package var oldestClosedAt: Timestamp?
    /// Why the last try failed, with the mend; nil where it succeeded.
    package var reason: String?

    package init(
        failedBatches: Int,
        waitingBatches: Int,
        waitingBytes: UInt64,
        oldestClosedAt: Timestamp? = nil,
        reason: String? = nil
    ) {
        self.failedBatches = failedBatches
        self.waitingBatches = waitingBatches
        self.waitingBytes = waitingBytes
        self.oldestClosedAt = oldestClosedAt
        self.reason = reason
    }
}

package struct DeliveryConflict: Equatable, Sendable {
    package var delivery: String
    /// The path that was taken, and the one that it is stored under.
    package var takenPath: String
    package var storedPath: String

    package init(delivery: String, takenPath: String, storedPath: String) {
        self.delivery = delivery
        self.takenPath = takenPath
        self.storedPath = storedPath
    }
}

package struct AlteredBatch: Equatable, Sendable {
    package var host: String
    package var log: String
    /// Of the file here.
    package var path: String
    /// What differs, one sentence.
    package var finding: String
    /// Who is told.
    package var delivery: String?

    package init(host: String, log: String, path: String, finding: String, delivery: String?) {
        self.host = host
        self.log = log
        self.path = path
        self.finding = finding
        self.delivery = delivery
    }
}
