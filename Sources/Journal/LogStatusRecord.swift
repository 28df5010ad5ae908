import Alerts
package import Wire

/// How a followed log stands, as `status` shows it without the database. Totals count since following began.
package struct LogStatusRecord: Codable, Equatable, Sendable {
    package enum Condition: String, Codable, Sendable {
        /// Not read yet.
        case unknown
        case following
        /// Nothing has the log's name.
        case missing
        /// The login user may not read it, or enter its directory.
        case denied
        /// A directory, device, socket or pipe.
        case notAFile = "not_a_file"
        case failed
    }

    /// A line that could not be read.
    package struct UnreadLine: Codable, Equatable, Sendable {
        /// `UnreadReason.rawValue`
        package var reason: String
        /// Its beginning; what is not UTF-8 is replaced.
        package var text: String

        package init(reason: String, text: String) {
            self.reason = reason
            self.text = text
        }
    }

    package var path: String
    /// In words: `combined with a leading virtual host`. Empty while it is not decided.
    package var format: String
    package var condition: Condition
    /// What the condition does not say by itself: the system's error, why the host is not reached. Empty where it does.
    package var detail: String
    /// When the newest line came, by the server's clock; nil before the first.
    package var lastLineAt: Timestamp?
    /// When the newest line came that counts as a request.
    package var lastRequestAt: Timestamp?
    /// All that were read, with those skipped and unread.
    package var lines: UInt64
    package var skipped: UInt64
    package var unread: UInt64
    /// By `UnreadReason.rawValue`.
    package var unreadByReason: [String: UInt64]
    /// The first few.
    package var firstUnread: [UnreadLine]
    /// Bytes that can never be read any more, of the losses whose size is known.
    package var lostBytes: UInt64
    /// What is there and not read yet; nil where nobody knows.
    package var bytesBehind: UInt64?
    /// Why it is not read although it could be: its lines cannot be stored; nil where it is read.
    package var heldBack: String?

    package init(
        path: String,
        format: String = "",
        condition: Condition = .unknown,
        detail: String = "",
        lastLineAt: Timestamp? = nil,
        lastRequestAt: Timestamp? = nil,
        lines: UInt64 = 0,
        skipped: UInt64 = 0,
        unread: UInt64 = 0,
        unreadByReason: [String: UInt64] = [:],
        firstUnread: [UnreadLine] = [],
        lostBytes: UInt64 = 0,
        bytesBehind: UInt64? = nil,
        heldBack: String? = nil
    ) {
        self.path = path
        self.format = format
        self.condition = condition
        self.detail = detail
        self.lastLineAt = lastLineAt
        self.lastRequestAt = lastRequestAt
        self.lines = lines
        self.skipped = skipped
        self.unread = unread
        self.unreadByReason = unreadByReason
        self.firstUnread = firstUnread
        self.lostBytes = lostBytes
        self.bytesBehind = bytesBehind
        self.heldBack = heldBack
    }
}
