package import Wire

/// What came to one window of a log: is added to the row in `traffic` and to those of its sections.
///
/// Adding the same twice would count twice, so each names the journal's record that it is from.
package struct TrafficRow: Equatable, Sendable {
    package struct Section: Equatable, Sendable {
        /// First segment of the path with its slash, or `TrafficRow.otherSections`.
        package var name: String
        package var hits: UInt64

        package init(name: String, hits: UInt64) {
            self.name = name
            self.hits = hits
        }
    }

    /// The section of all those that are too many to be named. Sections begin with a slash, or are `*`.
    package static let otherSections = "(other)"

    /// `JournalPosition.record` of the record that holds it; set where the record is read.
    package var record: Int64 = 0
    package var host: String
    package var log: String
    /// By the time in the lines.
    package var windowStart: Timestamp
    package var hits: UInt64
    package var bytes: UInt64
    package var status1xx: UInt64
    package var status2xx: UInt64
    package var status3xx: UInt64
    package var status4xx: UInt64
    package var status5xx: UInt64
    package var statusOther: UInt64
    /// Of the whole window, as far as is known: the largest ever told stays. Nothing is added up here.
    package var clients: UInt64
    package var skipped: UInt64
    package var unread: UInt64
    package var sections: [Section]

    package init(
        host: String,
        log: String,
        windowStart: Timestamp,
        hits: UInt64 = 0,
        bytes: UInt64 = 0,
        status1xx: UInt64 = 0,
        status2xx: UInt64 = 0,
        status3xx: UInt64 = 0,
        status4xx: UInt64 = 0,
        status5xx: UInt64 = 0,
        statusOther: UInt64 = 0,
        clients: UInt64 = 0,
        skipped: UInt64 = 0,
        unread: UInt64 = 0,
        sections: [Section] = []
    ) {
        self.host = host
        self.log = log
        self.windowStart = windowStart
        self.hits = hits
        self.bytes = bytes
        self.status1xx = status1xx
        self.status2xx = status2xx
        self.status3xx = status3xx
        self.status4xx = status4xx
        self.status5xx = status5xx
        self.statusOther = statusOther
        self.clients = clients
        self.skipped = skipped
        self.unread = unread
        self.sections = sections
    }
}

/// Up to which record of a journal the traffic is counted in the database (`journal_positions`).
package struct JournalPosition: Equatable, Sendable {
    /// `Journal.identity()`
    package var journal: String
    /// The number of the last record that is counted.
    package var record: Int64
    /// When that record was made: tells it from another of the same number, of a journal restored from a copy.
    package var recordedAt: Timestamp

    package init(journal: String, record: Int64, recordedAt: Timestamp) {
        self.journal = journal
        self.record = record
        self.recordedAt = recordedAt
    }
}
