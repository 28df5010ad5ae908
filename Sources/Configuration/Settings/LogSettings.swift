package import AccessLogs
package import LogBatches

/// One `<log>` as it applies to a host.
package struct LogSettings: Equatable, Sendable {
    package var name: String
    /// Absolute, on the host.
    package var path: String
    package var format: AccessLogFormat
    /// Time between two readings.
    package var interval: Duration
    /// Where a log that was never read is taken up: at its first line, else behind its last.
    package var startsAtBeginning: Bool
    /// What counts as skipped: a request that one of them takes.
    package var skips: [SkipRule]
    /// Who is told of lines that are lost. The rules on the log have recipients of their own.
    package var recipients: [String]
    /// How its lines are kept; nil where they are only counted.
    package var store: StoreSettings?

    package init(
        name: String,
        path: String,
        format: AccessLogFormat = .auto,
        interval: Duration = .seconds(5),
        startsAtBeginning: Bool = false,
        skips: [SkipRule] = [],
        recipients: [String] = [],
        store: StoreSettings? = nil
    ) {
        self.name = name
        self.path = path
        self.format = format
        self.interval = interval
        self.startsAtBeginning = startsAtBeginning
        self.skips = skips
        self.recipients = recipients
        self.store = store
    }
}
