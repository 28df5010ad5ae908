package import Wire

/// What `metricsd silence` asked for: notifications of some hosts' alerts are held back for a while.
package struct StoredSilence: Equatable, Sendable {
    /// Given by the journal, from 1 on; never given twice.
    package var id: Int64
    /// Which hosts: a name, or a pattern with `*` and `?`.
    package var host: String
    /// Of alerts; nil for all of them.
    package var type: String?
    package var from: Timestamp
    /// Excluded.
    package var until: Timestamp
    /// It was asked for as a time from then on (`--for`), which a clock that is set does not change.
    package var isDuration: Bool
    package var reason: String
    /// The login name of who asked for it.
    package var author: String
    /// When somebody ended it before its time.
    package var endedAt: Timestamp?

    package init(
        id: Int64 = 0,
        host: String,
        type: String? = nil,
        from: Timestamp,
        until: Timestamp,
        isDuration: Bool = true,
        reason: String,
        author: String,
        endedAt: Timestamp? = nil
    ) {
        self.id = id
        self.host = host
        self.type = type
        self.from = from
        self.until = until
        self.isDuration = isDuration
        self.reason = reason
        self.author = author
        self.endedAt = endedAt
    }

    package func isActive(at now: Timestamp) -> Bool {
        endedAt == nil && now.milliseconds < until.milliseconds
    }
}
