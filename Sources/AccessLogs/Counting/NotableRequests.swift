package import Wire

/// The few requests with the highest of a number, such as the time they took.
package struct NotableRequests: Equatable, Sendable {
    package struct Request: Equatable, Sendable {
        /// Microseconds or bytes.
        package var value: UInt64
        package var method: String
        /// Made printable, and cut.
        package var target: String
        package var status: UInt16
        package var time: Timestamp
    }

    package static let limit = 5
    private static let targetBytes = 200

    /// Highest first; among equals those that came first.
    package private(set) var requests: [Request] = []
    /// What is not above this is not among the highest.
    private var bar: UInt64 = 0

    package init() {}

    @inline(__always)
    mutating func offer(_ value: UInt64, _ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) {
        if value > bar { insert(value, entry, in: line) }
    }

    package mutating func merge(_ later: NotableRequests) {
        for request in later.requests { insert(request) }
    }

    private mutating func insert(_ value: UInt64, _ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) {
        let method = line[entry.method].prefix(32)
        let target = line[entry.target].prefix(Self.targetBytes)
        insert(
            Request(
                value: value,
                method: ForeignBytes.line(method, limit: 32),
                target: ForeignBytes.line(target, limit: Self.targetBytes),
                status: entry.status,
                time: Timestamp(milliseconds: entry.time)
            )
        )
    }

    private mutating func insert(_ request: Request) {
        guard request.value > bar else { return }
        let place = requests.firstIndex { $0.value < request.value } ?? requests.count
        requests.insert(request, at: place)
        if requests.count > Self.limit { requests.removeLast() }
        if requests.count == Self.limit { bar = requests[Self.limit - 1].value }
    }
}
