package import Wire

/// A row of `log_batches`, found by host, log, window and part: written when the file is opened, now and then while it
/// grows, and with each change until it is deleted.
package struct LogBatchRow: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case open, closed, sent, failed
    }

    package var host: String
    package var log: String
    package var windowStart: Timestamp
    package var windowSeconds: Int
    package var part: Int
    /// Where the file is, below the state directory.
    package var path: String
    package var lineCount: UInt64
    package var byteCount: UInt64
    package var sha256: String?
    package var state: State
    /// Tells a file from an earlier one that had its place: of a state directory that was deleted.
    package var openedAt: Timestamp
    package var closedAt: Timestamp?
    package var delivery: String?
    package var attempts: Int
    package var lastError: String?
    package var remotePath: String?
    package var sentAt: Timestamp?
    package var isCompressed: Bool
    package var removedAt: Timestamp?

    package init(
        host: String,
        log: String,
        windowStart: Timestamp,
        windowSeconds: Int,
        part: Int = 1,
        path: String,
        lineCount: UInt64 = 0,
        byteCount: UInt64 = 0,
        sha256: String? = nil,
        state: State = .open,
        openedAt: Timestamp,
        closedAt: Timestamp? = nil,
        delivery: String? = nil,
        attempts: Int = 0,
        lastError: String? = nil,
        remotePath: String? = nil,
        sentAt: Timestamp? = nil,
        isCompressed: Bool = false,
        removedAt: Timestamp? = nil
    ) {
        self.host = host
        self.log = log
        self.windowStart = windowStart
        self.windowSeconds = windowSeconds
        self.part = part
        self.path = path
        self.lineCount = lineCount
        self.byteCount = byteCount
        self.sha256 = sha256
        self.state = state
        self.openedAt = openedAt
        self.closedAt = closedAt
        self.delivery = delivery
        self.attempts = attempts
        self.lastError = lastError
        self.remotePath = remotePath
        self.sentAt = sentAt
        self.isCompressed = isCompressed
        self.removedAt = removedAt
    }
}
