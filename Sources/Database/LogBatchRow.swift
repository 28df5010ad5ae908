package import Wire

/// A row of `log_batches`, found by its host, log, window and part: takes the place of what is there.
package struct LogBatchRow: Equatable, Sendable {
    package enum State: String, Sendable {
        case open, closed, sent, failed
    }

    package var host: String
    package var log: String
    package var windowStart: Timestamp
    package var part: UInt32
    package var windowSeconds: UInt32
    package var path: String
    package var lineCount: UInt64
    package var byteCount: UInt64
    package var sha256: String?
    package var state: State
    package var closedAt: Timestamp?
    package var delivery: String?
    package var attempts: UInt32
    package var lastError: String?
    package var remotePath: String?
    package var sentAt: Timestamp?
    package var isCompressed: Bool
    package var removedAt: Timestamp?

    package init(
        host: String,
        log: String,
        windowStart: Timestamp,
        part: UInt32 = 1,
        windowSeconds: UInt32,
        path: String,
        lineCount: UInt64 = 0,
        byteCount: UInt64 = 0,
        sha256: String? = nil,
        state: State = .open,
        closedAt: Timestamp? = nil,
        delivery: String? = nil,
        attempts: UInt32 = 0,
        lastError: String? = nil,
        remotePath: String? = nil,
        sentAt: Timestamp? = nil,
        isCompressed: Bool = false,
        removedAt: Timestamp? = nil
    ) {
        self.host = host
        self.log = log
        self.windowStart = windowStart
        self.part = part
        self.windowSeconds = windowSeconds
        self.path = path
        self.lineCount = lineCount
        self.byteCount = byteCount
        self.sha256 = sha256
        self.state = state
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
