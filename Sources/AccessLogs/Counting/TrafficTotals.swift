package import Wire

/// Everything that `metricsd watch` shows of some lines: those of an interval, or all of a file.
///
/// Bounded: the hits of the first 100,000 sections and 100 methods are exact, those of further ones are counted under
/// `NamedCounts.otherName`; clients are exact up to 10,000, then estimated (`ClientSet`).
package struct TrafficTotals: Sendable {
    package static let sectionLimit = 100_000
    package static let methodLimit = 100

    package private(set) var hits: UInt64 = 0
    package private(set) var skipped: UInt64 = 0
    package private(set) var unread = UnreadLines()
    package private(set) var bytes: UInt64 = 0
    package private(set) var clients = ClientSet()
    package private(set) var statuses = StatusCounts()
    /// Malformed requests have neither method nor section.
    package private(set) var methods = NamedCounts(limit: methodLimit)
    package private(set) var sections = NamedCounts(limit: sectionLimit)
    /// By microseconds; empty where the format has no time taken.
    package private(set) var slowest = NotableRequests()
    /// By bytes.
    package private(set) var largest = NotableRequests()

    package init() {}

    /// All that are no directive and not empty.
    package var lines: UInt64 { hits &+ skipped &+ unread.total }

    /// Shares of the hits, 0…1; 0 without any.
    package var clientErrorShare: Double { share(of: statuses.classes.clientErrors) }
    package var serverErrorShare: Double { share(of: statuses.classes.serverErrors) }

    @inline(__always)
    package mutating func count(_ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) {
        hits &+= 1
        bytes &+= entry.bytes
        statuses.count(entry.status)
        if !entry.client.isEmpty { clients.insert(UnsafeRawBufferPointer(rebasing: line[entry.client])) }
        if !entry.method.isEmpty { methods.add(UnsafeRawBufferPointer(rebasing: line[entry.method])) }
        if !entry.section.isEmpty { sections.add(UnsafeRawBufferPointer(rebasing: line[entry.section])) }
        largest.offer(entry.bytes, entry, in: line)
        if let duration = entry.durationMicroseconds { slowest.offer(duration, entry, in: line) }
    }

    package mutating func countSkipped() {
        skipped &+= 1
    }

    package mutating func countUnread(_ reason: UnreadReason, line: UnsafeRawBufferPointer, arrival: Timestamp) {
        unread.count(reason, line: line, arrival: arrival)
    }

    /// Lines that nobody has, as those above the limit of their length.
    package mutating func countUnread(_ reason: UnreadReason, lines: UInt64, arrival: Timestamp) {
        unread.count(reason, lines: lines, arrival: arrival)
    }

    package mutating func merge(_ later: TrafficTotals) {
        hits &+= later.hits
        skipped &+= later.skipped
        unread.merge(later.unread)
        bytes &+= later.bytes
        clients.merge(later.clients)
        statuses.merge(later.statuses)
        methods.merge(later.methods)
        sections.merge(later.sections)
        slowest.merge(later.slowest)
        largest.merge(later.largest)
    }

    private func share(of part: UInt64) -> Double {
        hits == 0 ? 0 : Double(part) / Double(hits)
    }
}
