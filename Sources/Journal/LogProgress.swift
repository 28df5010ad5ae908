package import Wire

/// How far a followed log has been read, and what is remembered of it: part of the group that what its lines became is
/// in, so that neither is ever kept without the other.
package struct LogProgress: Equatable, Sendable {
    package var name: LogName
    /// Cursors, parsers and counters, as only the log's reader understands them. Takes the place of the one before.
    package var state: [UInt8]
    package var status: LogStatusRecord
    /// Those that have changed; the others stay as they are kept.
    package var windows: [LogWindowState]
    /// Windows that begin before this are removed; nil removes none.
    package var windowsForgottenBefore: Timestamp?

    package init(
        name: LogName,
        state: [UInt8],
        status: LogStatusRecord,
        windows: [LogWindowState] = [],
        windowsForgottenBefore: Timestamp? = nil
    ) {
        self.name = name
        self.state = state
        self.status = status
        self.windows = windows
        self.windowsForgottenBefore = windowsForgottenBefore
    }

    /// What of it is written, without the status.
    var bytes: Int { windows.reduce(state.count) { $0 + $1.state.count } }
}

/// A log of a host, by the names in the configuration.
package struct LogName: Hashable, Sendable {
    package var host: String
    package var log: String

    package init(host: String, log: String) {
        self.host = host
        self.log = log
    }
}

/// What is remembered of a window whose lines may still be coming: the clients seen in it.
package struct LogWindowState: Equatable, Sendable {
    package var windowStart: Timestamp
    package var state: [UInt8]

    package init(windowStart: Timestamp, state: [UInt8]) {
        self.windowStart = windowStart
        self.state = state
    }
}

/// What the journal kept of a log, for its reader to go on with. The windows come by `logWindows(of:)`.
package struct StoredLogState: Equatable, Sendable {
    package var name: LogName
    package var state: [UInt8]
    /// nil where this version cannot read it: its totals begin anew.
    package var status: LogStatusRecord?
}
