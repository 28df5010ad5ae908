package import Wire

/// A file of collected lines of one log: those of one window of time, or a further part of it.
///
/// The journal keeps it, and is right: what a file holds beyond `byteCount` was not committed and is cut off. While it is
/// open its host's thread owns it, afterwards its delivery, then the housekeeping; each hands on whole values.
package struct LogBatch: Equatable, Sendable, Identifiable {
    package enum State: String, Sendable, CaseIterable {
        /// Lines are appended.
        case open
        /// Whole, and waiting for its delivery where it has one.
        case closed
        /// The receiver has it whole.
        case sent
        /// Not delivered after several tries, or its file is not what was written; tried again.
        case failed
    }

    /// The journal's number; 0 before it has given one. Never given twice.
    package var id: Int64
    package var host: String
    package var log: String
    /// Start of the time that it covers, by the lines' own time, and for lines without one by their arrival.
    package var windowStart: Timestamp
    package var windowSeconds: Int
    /// 1, and more for lines that came after the batch before it was closed.
    package var part: Int
    /// Without folder and without the `.gz` of a compressed one. No two batches of a log share it.
    package var fileName: String
    /// Name of the `<delivery>`; nil where it is only kept.
    package var delivery: String?
    package var state: State

    // MARK: Content

    /// Committed bytes and lines: what the file holds, before compression.
    package var byteCount: UInt64
    package var lineCount: UInt64
    /// SHA-256 of the content so far, to be gone on with; empty once closed.
    package var hashState: [UInt8]
    /// Of the whole content, 64 hexadecimal digits; nil while open.
    package var sha256: String?
    /// `AccessLogFormat.rawValue` of the log, and the `#` lines that the file's lines need to be read and that stand in an
    /// earlier batch: with them a reader finds the lines' times again.
    package var format: String
    package var header: [UInt8]
    /// The host's clock minus ours, as last measured while lines came.
    package var clockSkewMilliseconds: Int64

    // MARK: Times, by the server's clock

    package var openedAt: Timestamp
    /// When the newest line came.
    package var appendedAt: Timestamp
    package var closedAt: Timestamp?

    // MARK: On this machine

    package var isCompressed: Bool
    /// What the file takes here.
    package var storedBytes: UInt64

    // MARK: Delivery

    package var attempts: Int
    package var nextAttemptAt: Timestamp?
    /// Why the last try failed, or what is wrong with the file; one line with the mend.
    package var lastError: String?
    /// Where it was, or is just being, renamed to on the receiver.
    package var remotePath: String?
    /// Checked whole under its temporary name, and from then on being renamed to `remotePath`: when both are gone, somebody
    /// took the delivered file away.
    package var isBeingRenamed: Bool
    package var sentAt: Timestamp?
    /// The receiver on which that rename was begun; nil where an earlier version began it.
    package var announcedTo: String?

    package init(
        id: Int64 = 0,
        host: String,
        log: String,
        windowStart: Timestamp,
        windowSeconds: Int,
        part: Int = 1,
        fileName: String,
        delivery: String? = nil,
        state: State = .open,
        byteCount: UInt64 = 0,
        lineCount: UInt64 = 0,
        hashState: [UInt8] = [],
        sha256: String? = nil,
        format: String = "auto",
        header: [UInt8] = [],
        clockSkewMilliseconds: Int64 = 0,
        openedAt: Timestamp,
        appendedAt: Timestamp? = nil,
        closedAt: Timestamp? = nil,
        isCompressed: Bool = false,
        storedBytes: UInt64 = 0,
        attempts: Int = 0,
        nextAttemptAt: Timestamp? = nil,
        lastError: String? = nil,
        remotePath: String? = nil,
        isBeingRenamed: Bool = false,
        sentAt: Timestamp? = nil,
        announcedTo: String? = nil
    ) {
        self.id = id
        self.host = host
        self.log = log
        self.windowStart = windowStart
        self.windowSeconds = windowSeconds
        self.part = part
        self.fileName = fileName
        self.delivery = delivery
        self.state = state
        self.byteCount = byteCount
        self.lineCount = lineCount
        self.hashState = hashState
        self.sha256 = sha256
        self.format = format
        self.header = header
        self.clockSkewMilliseconds = clockSkewMilliseconds
        self.openedAt = openedAt
        self.appendedAt = appendedAt ?? openedAt
        self.closedAt = closedAt
        self.isCompressed = isCompressed
        self.storedBytes = storedBytes
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.lastError = lastError
        self.remotePath = remotePath
        self.isBeingRenamed = isBeingRenamed
        self.sentAt = sentAt
        self.announcedTo = announcedTo
    }
}
