import AccessLogs
import LogBatches
import Wire

/// What one request brought of one log: how far it was read, and what its lines became. The recorder puts all of it into
/// one transaction.
struct LogAdvance: Sendable {
    /// The log's place in the host's settings.
    var log: Int
    /// What of the reading is new since the last advance.
    var reading: LogReading
    /// All that a restart needs beside the open windows; nil where nothing of it has changed.
    var state: [UInt8]?
    /// How the log stands; nil where the connection broke before the end of the request.
    var report: LogReport?
    /// Known to be there and not read yet.
    var bytesBehind: UInt64
    /// The end was reached after more than a request's worth.
    var catchUp: CatchUp?
    /// Of the report, and of lines that are too long to be stored.
    var losses: [LogLoss] = []
    /// The batches that its lines were written to, as they stand behind it. What is in their files already becomes theirs
    /// with the transaction.
    var batches: [LogBatch] = []
    /// What is wrong with their files.
    var findings: [BatchFinding] = []
    /// Why the log is not read although it could be: its lines cannot be stored now. They wait on the host.
    var heldBack: String?

    /// What it takes of memory, about: the mailbox is bounded by it.
    var bytes: Int {
        let windows = reading.windows.reduce(0) { $0 + $1.state.count }
        let deltas = reading.deltas.reduce(0) { $0 + 256 + 64 * $1.sections.count }
        return 256 + (state?.count ?? 0) + windows + deltas + 512 * batches.count
    }

    struct CatchUp: Sendable {
        var bytes: Int
        var time: Duration
    }
}
