package import Wire

/// A followed log as the alerts of its host know it.
package struct AlertLog: Equatable, Sendable {
    /// The instance of its alerts.
    package var name: String
    /// Absolute, on the host.
    package var path: String
    /// How often it is read.
    package var interval: Duration
    /// Who is told of lines that are lost.
    package var recipients: [String]
    /// When its last counted request arrived, as the journal has it; nil where none ever did.
    package var lastRequestAt: Timestamp?

    package init(
        name: String,
        path: String,
        interval: Duration,
        recipients: [String] = [],
        lastRequestAt: Timestamp? = nil
    ) {
        self.name = name
        self.path = path
        self.interval = interval
        self.recipients = recipients
        self.lastRequestAt = lastRequestAt
    }
}

/// What one reading of a log brought, for `log_silent`.
package struct AlertLogReading: Equatable, Sendable {
    package var condition: LogReport.Condition
    /// `errno` where the condition is an error, else 0.
    package var errorNumber: Int32
    /// Everything that was there has been read.
    package var isAtEnd: Bool
    /// Requests that were counted: only they end a silence.
    package var requests: UInt64
    /// Lines that `<skip>` left out.
    package var skipped: UInt64
    /// Lines that could not be read, by reason in words for people: `too few fields`.
    package var unread: [String: UInt64]
    /// Why the log is not pulled at present (the disk budget is reached, the disk is full); nil where it is.
    package var heldBack: String?

    package init(
        condition: LogReport.Condition = .following,
        errorNumber: Int32 = 0,
        isAtEnd: Bool = true,
        requests: UInt64 = 0,
        skipped: UInt64 = 0,
        unread: [String: UInt64] = [:],
        heldBack: String? = nil
    ) {
        self.condition = condition
        self.errorNumber = errorNumber
        self.isAtEnd = isAtEnd
        self.requests = requests
        self.skipped = skipped
        self.unread = unread
        self.heldBack = heldBack
    }
}

/// How many requests the window that ends with a second held.
package struct AlertTrafficLevel: Equatable, Sendable {
    /// That second by the server's clock, however wrong the log's own clock is.
    package var at: Timestamp
    /// One of `HostAlerts.trafficWindowSeconds(ofLog:)`.
    package var windowSeconds: Int
    /// Requests in the window.
    package var hits: UInt64

    package init(at: Timestamp, windowSeconds: Int, hits: UInt64) {
        self.at = at
        self.windowSeconds = windowSeconds
        self.hits = hits
    }

    var hitsPerSecond: Double { Double(hits) / Double(windowSeconds) }
}

/// What an alert on a log says besides its value.
package struct AlertedLog: Codable, Equatable, Sendable {
    package var path: String
    /// The window of `high_traffic`.
    package var windowMilliseconds: Int64?
    /// Requests in the window when the alert was raised.
    package var openingHits: UInt64?
    /// Requests in the window now; once resolved, those that ended it.
    package var hits: UInt64?
    /// For `log_silent`: when the last counted request had arrived; nil where none was known.
    package var lastRequestAt: Timestamp?
    /// For `log_loss`: whether the lines were counted and only not stored.
    package var isCounted: Bool?
}
