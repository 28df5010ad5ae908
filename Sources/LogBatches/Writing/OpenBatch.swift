import AccessLogs
import Wire

/// A batch that lines are appended to, with what is only known while its writer lives.
struct OpenBatch {
    var batch: LogBatch
    var hash: RunningHash
    /// As at the last progress that was taken: what the journal has, or is about to.
    private(set) var saved: LogBatch
    private(set) var savedHash: RunningHash
    private(set) var savedTurn: UInt64
    /// Grows with each batch that is appended to.
    var turn: UInt64

    /// Of the piece that is being appended; not written yet.
    var pending: [LineSegment] = []

    var file: OpenFile?
    /// Of the file that this writer made or found.
    var identity: FileIdentity?
    /// Just taken into the journal: no file of its name is its own.
    var isWithoutFile: Bool
    /// Written, and not certainly on the disk.
    var needsSync = false
    /// A write failed, and so did cutting off what it had left.
    var mayHoldMore = false

    init(_ batch: LogBatch, hash: RunningHash, isWithoutFile: Bool, turn: UInt64) {
        self.batch = batch
        self.hash = hash
        saved = batch
        savedHash = hash
        savedTurn = turn
        self.turn = turn
        self.isWithoutFile = isWithoutFile
    }

    var isOpen: Bool { batch.state == .open }

    var isChanged: Bool { batch != saved }

    /// Bytes were appended since the last progress.
    var hasUnsaved: Bool { batch.byteCount != saved.byteCount }

    /// - Returns: the value for the journal.
    mutating func save() -> LogBatch {
        if isOpen { batch.hashState = hash.state }
        batch.storedBytes = isOpen ? batch.byteCount : batch.storedBytes
        saved = batch
        savedHash = hash
        savedTurn = turn
        return batch
    }

    mutating func restore() {
        batch = saved
        hash = savedHash
        turn = savedTurn
        pending = []
    }

    mutating func close(at now: Timestamp, as state: LogBatch.State = .closed) {
        batch.state = state
        batch.closedAt = now
        batch.sha256 = hash.hexadecimal
        batch.hashState = []
        batch.storedBytes = batch.byteCount
        // Taken into the journal for lines that then were written elsewhere, or never came again.
        if batch.byteCount == 0 { batch.delivery = nil }
    }
}
