/// One request as its line tells it. Parts of the line are byte ranges within it, so nothing is copied.
package struct AccessLogEntry: Equatable, Sendable {
    /// UTC, in milliseconds since 1970-01-01T00:00:00Z.
    package var time: Int64
    /// HTTP status; 0 where the line has none.
    package var status: UInt16
    /// Bytes sent to the client; 0 for `-`.
    package var bytes: UInt64
    /// Time taken, where the format has it; else nil.
    package var durationMicroseconds: UInt64?
    /// The client's address or name; empty for `-`.
    package var client: Range<Int>
    /// Empty for a request that is malformed.
    package var method: Range<Int>
    /// The request's target as it was logged, query included (but for `cs-uri-stem`, whose query is a column of its own);
    /// empty for a request that is malformed.
    package var target: Range<Int>
    /// The first path segment with its slash (`/api` of `/api/user?id=1`), `/` for the root, `*` for `OPTIONS *`; empty
    /// for a request that is malformed, and for a target without a path (`CONNECT host:443`). At most 255 bytes.
    package var section: Range<Int>
    /// Empty where the format has none, and for `-`.
    package var userAgent: Range<Int>

    package init(
        time: Int64,
        status: UInt16,
        bytes: UInt64,
        durationMicroseconds: UInt64? = nil,
        client: Range<Int>,
        method: Range<Int>,
        target: Range<Int>,
        section: Range<Int>,
        userAgent: Range<Int>
    ) {
        self.time = time
        self.status = status
        self.bytes = bytes
        self.durationMicroseconds = durationMicroseconds
        self.client = client
        self.method = method
        self.target = target
        self.section = section
        self.userAgent = userAgent
    }
}
