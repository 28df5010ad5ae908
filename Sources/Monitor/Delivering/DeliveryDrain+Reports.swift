import Alerts
import Configuration
import Journal
import LogBatches
import Logging
import SSH
import Wire

/// What the recorder, and the operator, are told.
extension DeliveryDrain {
    func succeeded(_ delivery: BatchDelivery) throws {
        var batch = delivery.batch
        batch.state = .sent
        batch.attempts += 1
        batch.isBeingRenamed = false
        batch.nextAttemptAt = nil
        batch.lastError = nil
        batch.sentAt = .now
        settle(batch)
        if lastCause != nil { logger.notice("\(settings.name): delivering again") }
        lastCause = nil
        lastReason = nil
        logger.info(
            "\(settings.name): delivered \(batch.fileName)",
            metadata: [
                "host": "\(batch.host)", "lines": "\(batch.lineCount)", "bytes": "\(batch.byteCount)",
                "took": "\(delivery.begunAt.duration(to: .now).milliseconds)ms", "attempts": "\(batch.attempts)",
                "to": "\(batch.remotePath ?? "")",
                "checked": "\(delivery.checkedBy)",
            ]
        )
        if delivery.wasTaken {
            logger.notice(
                "\(settings.name): \(batch.fileName) was taken away before its rename was confirmed; it counts as delivered"
            )
        }
        for case .conflict(let conflict) in delivery.events {
            logger.warning(
                """
                \(settings.name): another file has the name \(conflict.takenPath); the batch is stored as \
                \(conflict.storedPath). Look who writes files of this name.
                """
            )
        }
        try tell([(delivery.original, batch)], delivery.events, reason: nil)
    }

    /// - Parameter batches: before the try, and as far as it has come.
    func tellFailure(_ batches: [(old: LogBatch, new: LogBatch)], _ error: any Error) throws {
        let isRefused = (error as? SSHError)?.wasLoginRefused == true
        let altered = batches.first.flatMap { Self.altered($0.old, error, in: folder) }
        let reason = LogfmtHandler.oneLine(altered.map { "\($0)" } ?? "\(error)")
        let now = Timestamp.now
        let changes = batches.map { batch in
            (
                old: batch.old,
                new: retries.failed(
                    batch.new,
                    // A connection that fails does not mend the file here.
                    because: error is SSHError && Self.isAltered(batch.old) ? batch.old.lastError ?? reason : reason,
                    isFinal: isRefused || altered != nil,
                    at: now
                )
            )
        }
        for change in changes where change.new.state != change.old.state { settle(change.new) }
        var events: [ServiceEvent] = []
        if let altered, let batch = batches.first?.old, batch.lastError != reason {
            events.append(
                .altered(
                    AlteredBatch(
                        host: batch.host,
                        log: batch.log,
                        path: altered.path,
                        finding: "\(altered.text). \(altered.mend).",
                        delivery: settings.name
                    )
                )
            )
        }
        // The same trouble again, or with another file, is no news.
        let isNews =
            changes.isEmpty
            ? reason != lastReason
            : changes.contains { $0.old.lastError != $0.new.lastError || $0.old.state != $0.new.state }
        lastReason = reason
        if isNews { tellInLog(changes.map(\.new), reason, cause: cause(of: error, reason)) }
        try tell(changes, events, reason: reason)
    }

    /// The error of a file that is not what was written, with the path where it lies once it has failed: told again it is
    /// the same then. nil for any other.
    private static func altered(_ batch: LogBatch, _ error: any Error, in folder: BatchFolder) -> BatchError? {
        guard var error = error as? BatchError, error.isAltered else { return nil }
        var batch = batch
        batch.state = .failed
        error.path = folder.path(of: batch)
        return error
    }

    private func tellInLog(_ batches: [LogBatch], _ reason: String, cause: String) {
        let failed = batches.filter { $0.state == .failed }.count
        guard !batches.isEmpty else { return say(.error, reason, cause: cause) }
        let what = batches.count == 1 ? batches[0].fileName : "\(batches.count) batches"
        let retry = ValueText.duration(milliseconds: settings.retry.milliseconds)
        let next = failed == 0 ? "tried again soon" : "kept, and tried again every \(retry) until delivered"
        say(
            failed == 0 ? .warning : .error,
            "\(reason) Not delivered: \(what); \(next).",
            cause: failed == 0 ? cause : "\(cause), \(DeliveryRetries.tries) times"
        )
    }

    private func cause(of error: any Error, _ reason: String) -> String {
        switch error {
        case let error as SSHError where error.step == .files: "\(error.kind) \(error.libraryText)"
        case let error as DeliveryFailure: error.mend
        default: reason
        }
    }

    func say(_ level: Logger.Level, _ text: String, cause: String) {
        logger.log(level: cause == lastCause ? .debug : level, "\(text)")
        lastCause = cause
    }

    // MARK: Reports

    /// How the delivery stands when it begins; what failed before may be over.
    /// - Returns: whether there are batches that failed.
    func tellStanding() throws -> Bool {
        let backlog = try journal.deliveryBacklog(of: settings.name)
        let reason = backlog.failedBatches > 0 ? try journal.lastDeliveryError(of: settings.name) : nil
        try tell([], [], reason: reason)
        return backlog.failedBatches > 0
    }

    /// The last that failed may be gone without having been delivered.
    func tellEndOfFailures() throws {
        guard reported.isEmpty, let told, told.failedBatches > 0,
            try journal.deliveryBacklog(of: settings.name).failedBatches == 0
        else { return }
        lastCause = nil
        lastReason = nil
        _ = try tellStanding()
    }

    private func tell(
        _ changes: [(old: LogBatch, new: LogBatch)],
        _ events: [ServiceEvent],
        reason: String?
    ) throws {
        for change in changes { reported[change.new.id] = change }
        var events = events
        defer { report(ServiceReport(at: .now, batches: changes.map(\.new), events: events)) }
        let condition = try condition(reason)
        told = condition
        events.append(.delivery(settings.name, condition))
    }

    /// As the journal shows it once it has what was reported.
    private func condition(_ reason: String?) throws -> DeliveryCondition {
        while true {
            let open = try unrecorded()
            let backlog = try journal.deliveryBacklog(of: settings.name)
            // Recorded in between, a change would be counted twice.
            guard try unrecorded() == open else { continue }
            var condition = DeliveryCondition(
                failedBatches: backlog.failedBatches,
                waitingBatches: backlog.waitingBatches,
                waitingBytes: backlog.waitingBytes,
                oldestClosedAt: backlog.oldestClosedAt,
                reason: reason
            )
            for id in open {
                guard let (old, new) = reported[id] else { continue }
                condition.failedBatches += (Self.isFailed(new) ? 1 : 0) - (Self.isFailed(old) ? 1 : 0)
                condition.waitingBatches += (Self.isWaiting(new) ? 1 : 0) - (Self.isWaiting(old) ? 1 : 0)
                guard new.state == .sent else { continue }
                condition.waitingBytes -= min(condition.waitingBytes, new.byteCount)
            }
            if condition.waitingBatches == 0 { condition.oldestClosedAt = nil }
            return condition
        }
    }

    // As the journal counts its backlog: without those whose files are not what was written.
    private static func isFailed(_ batch: LogBatch) -> Bool { batch.state == .failed && !isAltered(batch) }

    private static func isWaiting(_ batch: LogBatch) -> Bool { batch.state != .sent && !isAltered(batch) }

    private static func isAltered(_ batch: LogBatch) -> Bool {
        batch.state == .failed && batch.lastError?.contains(BatchError.alteredMend) == true
    }

    /// Ids of what was reported and the journal does not show yet.
    func unrecorded() throws -> Set<Int64> {
        guard !reported.isEmpty else { return [] }
        let attempts = try journal.attempts(of: reported.keys)
        return Set(reported.filter { id, change in attempts[id].map { $0 < change.new.attempts } ?? false }.keys)
    }

    /// Where the file lies is mended from its state at any time.
    private func settle(_ batch: LogBatch) {
        do throws(BatchError) {
            try folder.settle(batch)
        } catch {
            logger.warning("\(error)")
        }
    }
}
