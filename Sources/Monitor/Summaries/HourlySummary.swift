import Wire

/// What became of the collected lines in the time between two summaries, as one value that everything is told from.
///
/// A file counts for the time in which it was closed. So its numbers are final, each file counts once, and `log_batches`
/// gives the same totals (`query`).
struct HourlySummary: Equatable, Sendable {
    struct Volume: Equatable, Sendable {
        var files = 0
        var lines: UInt64 = 0
        /// Before compression.
        var bytes: UInt64 = 0
        /// Of these files, those that their receiver has.
        var sent = 0
        /// Of these files, those that were tried several times in vain, or are not what was written.
        var failed = 0

        static func += (left: inout Volume, right: Volume) {
            left.files += right.files
            left.lines += right.lines
            left.bytes += right.bytes
            left.sent += right.sent
            left.failed += right.failed
        }
    }

    struct Host: Equatable, Sendable {
        var name: String
        var volume: Volume
    }

    struct Delivery: Equatable, Sendable {
        var name: String
        /// Closed in the period, and of those the sent ones.
        var files = 0
        var sent = 0
        /// All that are not delivered now, also those that were closed before.
        var failed = 0
        var waiting = 0
        var undeliveredBytes: UInt64 = 0
        /// When the oldest of them was closed.
        var oldestClosedAt: Timestamp?
        /// Why the last try failed; foreign text.
        var reason: String?

        var undelivered: Int { failed + waiting }
    }

    /// A log that brought no line in the period, or of which `log_silent` fires.
    struct SilentLog: Equatable, Sendable {
        var host: String
        var log: String
        /// Nil before its first line.
        var lastLineAt: Timestamp?
        /// `no such file`; foreign text.
        var condition: String
    }

    /// An alert that was open in the period.
    struct OpenedAlert: Equatable, Sendable {
        var openedAt: Timestamp
        /// Nil while it is open.
        var resolvedAt: Timestamp?
        /// It told of something that is over when it is told.
        var isNotice = false
        /// The sentence of its mail.
        var headline: String
    }

    struct Disk: Equatable, Sendable {
        /// What the batch files take.
        var usedBytes: UInt64
        /// `max-disk`
        var budget: UInt64?
        /// Of the state directory's file system; nil where it cannot be asked.
        var freeBytes: UInt64?
        /// Lines wait on their hosts until there is room.
        var isStopped = false
    }

    /// The period, its end excluded.
    var from: Timestamp
    var to: Timestamp
    /// When the states were looked at.
    var madeAt: Timestamp
    /// By name.
    var hosts: [Host] = []
    /// In the order of the configuration.
    var deliveries: [Delivery] = []
    /// By host and name.
    var silentLogs: [SilentLog] = []
    /// By the time they were opened.
    var alerts: [OpenedAlert] = []
    var disk: Disk?

    /// Whether more than an hour had to wait for its summary.
    var isLate: Bool { to.milliseconds - from.milliseconds > 3_600_000 }

    var total: Volume { hosts.reduce(into: Volume()) { $0 += $1.volume } }
    var failed: Int { deliveries.reduce(0) { $0 + $1.failed } }
    var waiting: Int { deliveries.reduce(0) { $0 + $1.waiting } }
    var openAlerts: [OpenedAlert] { alerts.filter { $0.resolvedAt == nil && !$0.isNotice } }
    var endedAlerts: [OpenedAlert] { alerts.filter { $0.resolvedAt != nil && !$0.isNotice } }
    var notices: [OpenedAlert] { alerts.filter(\.isNotice) }
}
