/// One followed log file in the collection plan; its number is its place there.
package struct LogPlan: Equatable, Sendable {
    /// Absolute path on the host, as configured.
    package var path: String
    /// The limit for logs whose lines are stored: the largest with which every request has room for a line and its end of
    /// two bytes (`HostConnection.smallestLogBudget`, and `LogChunk.byteLimit` twice).
    package static let storedLineLimit: UInt32 = (128 << 10) - 2

    /// Lines longer than this are counted and skipped.
    package var lineLimitBytes: UInt32
    /// How long a rotated file that is still there must not have grown before it counts as finished.
    package var rotatedGraceMilliseconds: UInt32

    package init(path: String, lineLimitBytes: UInt32 = 64 << 10, rotatedGraceMilliseconds: UInt32 = 60_000) {
        self.path = path
        self.lineLimitBytes = lineLimitBytes
        self.rotatedGraceMilliseconds = rotatedGraceMilliseconds
    }
}

/// Which file, and up to where it was read. The server keeps it, the follower only checks and advances it.
///
/// A file is the same as long as its content is: the device and inode say where to look first, the two hashes decide.
package struct LogCursor: Equatable, Sendable {
    /// Tells the files of a log apart, also across a rotation or a compression: the first file of a log has 1, each
    /// further one the next number.
    package var fileNumber: UInt32
    package var device: UInt64
    /// 0 where nothing had the log's name.
    package var inode: UInt64
    /// Bytes read, in the uncompressed file: the first byte behind the last whole line.
    package var offset: UInt64
    /// Where the hashed head begins: behind the `#` lines at the file's beginning, which many W3C files share.
    package var headStart: UInt64
    /// Hashed bytes from there on, at most 1024; those at or behind `offset` are of a line that has no end yet.
    package var headLength: UInt16
    /// SHA-256 of the head, its first 16 bytes; empty where `headLength` is 0.
    package var headHash: [UInt8]
    /// Hashed bytes right before `offset`, at most 1024.
    package var tailLength: UInt16
    package var tailHash: [UInt8]
    /// `offset` lies within a line above the limit, whose rest is still to be skipped.
    package var isInLongLine: Bool
    /// Read for good. It is kept to tell newer files of the log from older ones.
    package var isFinished: Bool
    /// Size of the uncompressed file when it was last looked at: what is known to have existed.
    package var knownSize: UInt64
    /// When the file was last written, as of then: nanoseconds since 1970 by the host's file system. Of a file of which
    /// nothing was read, a time behind which what will be in it was written.
    package var modifiedAt: Int64

    package init(
        fileNumber: UInt32,
        device: UInt64 = 0,
        inode: UInt64 = 0,
        offset: UInt64 = 0,
        headStart: UInt64 = 0,
        headLength: UInt16 = 0,
        headHash: [UInt8] = [],
        tailLength: UInt16 = 0,
        tailHash: [UInt8] = [],
        isInLongLine: Bool = false,
        isFinished: Bool = false,
        knownSize: UInt64 = 0,
        modifiedAt: Int64 = 0
    ) {
        self.fileNumber = fileNumber
        self.device = device
        self.inode = inode
        self.offset = offset
        self.headStart = headStart
        self.headLength = headLength
        self.headHash = headHash
        self.tailLength = tailLength
        self.tailHash = tailHash
        self.isInLongLine = isInLongLine
        self.isFinished = isFinished
        self.knownSize = knownSize
        self.modifiedAt = modifiedAt
    }
}

/// Where a log without cursors is taken up.
package enum LogStart: UInt8, Sendable {
    /// Behind the last whole line that is there: what was written before is not read.
    case end = 0
    /// At the first line of the file under the log's name.
    case beginning = 1
}

/// One log of a `readLogs` request.
package struct LogRead: Equatable, Sendable {
    /// The log's number in the plan.
    package var log: UInt16
    package var start: LogStart
    /// Oldest file first, as the last answer gave them; empty at the very first, and never again.
    package var cursors: [LogCursor]

    package init(log: UInt16, start: LogStart, cursors: [LogCursor]) {
        self.log = log
        self.start = start
        self.cursors = cursors
    }
}

/// A piece of a log. One without bytes brings the cursors on: behind a line above the limit, at the first look.
package struct LogChunk: Equatable, Sendable {
    /// What `bytes` holds at most.
    package static let byteLimit = 256 << 10

    package var log: UInt16
    /// The file that the bytes are from.
    package var fileNumber: UInt32
    /// The `#` lines at the file's beginning, where reading it began behind them; empty otherwise.
    package var header: [UInt8]
    /// Whole lines with their line ends. Only the last line of a finished file may lack its own.
    package var bytes: [UInt8]
    /// Lines above the limit that ended in this chunk; they are not in `bytes`.
    package var longLines: UInt32
    /// All files of the log as they stand behind this chunk, oldest first; takes the place of what the server has.
    package var cursors: [LogCursor]

    package init(
        log: UInt16,
        fileNumber: UInt32,
        header: [UInt8] = [],
        bytes: [UInt8],
        longLines: UInt32 = 0,
        cursors: [LogCursor]
    ) {
        self.log = log
        self.fileNumber = fileNumber
        self.header = header
        self.bytes = bytes
        self.longLines = longLines
        self.cursors = cursors
    }
}

/// Bytes of a log that can never be read any more.
package struct LogLoss: Equatable, Sendable {
    package enum Cause: UInt8, Sendable {
        /// The file was truncated, and no copy of what it held was found.
        case truncated = 1
        /// The file was removed or replaced, and no rotated copy of it was found.
        case removed = 2
        /// A rotated copy is there in a compression that is not read, or is damaged.
        case unreadableCopy = 3
        /// The rest of a rotated file could not be read.
        case readFailed = 4
        /// Lines of a log that is stored are above the limit. The server finds that by itself; no probe may say so.
        case tooLong = 5
    }

    package var cause: Cause
    /// The file that held them, as far as it is known: a path.
    package var file: String
    /// nil where nobody can tell how many there were.
    package var bytes: UInt64?

    package init(cause: Cause, file: String, bytes: UInt64?) {
        self.cause = cause
        self.file = file
        self.bytes = bytes
    }
}

/// How a log stands at the end of a `readLogs` request.
package struct LogReport: Equatable, Sendable {
    package enum Condition: UInt8, Sendable {
        case following = 0
        /// Nothing has the log's name.
        case missing = 1
        /// The login user may not read it, or enter its directory.
        case denied = 2
        /// A directory, device, socket or pipe.
        case notAFile = 3
        /// Another error of the system; `errorNumber` tells.
        case failed = 4
    }

    package var log: UInt16
    package var condition: Condition
    /// `errno` where the condition is an error, else 0.
    package var errorNumber: Int32
    /// Everything that was there has been read.
    package var isAtEnd: Bool
    package var cursors: [LogCursor]
    package var losses: [LogLoss]

    package init(
        log: UInt16,
        condition: Condition,
        errorNumber: Int32 = 0,
        isAtEnd: Bool,
        cursors: [LogCursor],
        losses: [LogLoss] = []
    ) {
        self.log = log
        self.condition = condition
        self.errorNumber = errorNumber
        self.isAtEnd = isAtEnd
        self.cursors = cursors
        self.losses = losses
    }
}

/// The answer to a `readLogs` request, behind its chunks.
package struct LogsRead: Equatable, Sendable {
    /// The number of the request this answers.
    package var sequence: UInt32
    /// The host's own clock when the last of it was read.
    package var readAt: Timestamp
    /// One for each log of the request, in its order.
    package var reports: [LogReport]

    package init(sequence: UInt32, readAt: Timestamp, reports: [LogReport]) {
        self.sequence = sequence
        self.readAt = readAt
        self.reports = reports
    }
}
