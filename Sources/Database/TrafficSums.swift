import Wire

/// The traffic of a batch, added up: one row for each window of a log, however many records told of it.
struct TrafficSums {
    /// The columns of `traffic` behind its key, in their order.
    struct Counts {
        var hits: UInt64 = 0
        var bytes: UInt64 = 0
        var status1xx: UInt64 = 0
        var status2xx: UInt64 = 0
        var status3xx: UInt64 = 0
        var status4xx: UInt64 = 0
        var status5xx: UInt64 = 0
        var statusOther: UInt64 = 0
        var clients: UInt64 = 0
        var skipped: UInt64 = 0
        var unread: UInt64 = 0
    }

    /// As the primary key compares.
    struct Window: Hashable {
        var host: UInt32
        var log: ExactName
        var start: Timestamp
    }

    struct Sum {
        var counts = Counts()
        var sections: [ExactName: UInt64] = [:]
    }

    private(set) var windows: [Window: Sum] = [:]

    static let logLimit = 64
    static let sectionLimit = 255

    /// The keys compare `/a` and `/a ` as equal, on both servers: to them they are one.
    static func key(_ name: String, _ limit: Int) -> ExactName {
        var name = ShortText.name(of: name, limit)
        while name.utf8.last == UInt8(ascii: " ") { name.unicodeScalars.removeLast() }
        return ExactName(name)
    }

    mutating func add(_ row: TrafficRow, host: UInt32) {
        let window = Window(host: host, log: Self.key(row.log, Self.logLimit), start: row.windowStart)
        windows[window, default: Sum()].add(row)
    }

    /// In the order of the primary key, so that two programs lock in the same order.
    var inOrder: [(window: Window, sum: Sum)] {
        windows.map { ($0.key, $0.value) }.sorted { $0.window < $1.window }
    }
}

extension TrafficSums.Sum {
    fileprivate mutating func add(_ row: TrafficRow) {
        counts.hits.add(row.hits)
        counts.bytes.add(row.bytes)
        counts.status1xx.add(row.status1xx)
        counts.status2xx.add(row.status2xx)
        counts.status3xx.add(row.status3xx)
        counts.status4xx.add(row.status4xx)
        counts.status5xx.add(row.status5xx)
        counts.statusOther.add(row.statusOther)
        counts.clients = max(counts.clients, row.clients)
        counts.skipped.add(row.skipped)
        counts.unread.add(row.unread)
        for section in row.sections {
            sections[TrafficSums.key(section.name, TrafficSums.sectionLimit), default: 0].add(section.hits)
        }
    }

    var sectionsInOrder: [(name: ExactName, hits: UInt64)] {
        sections.map { ($0.key, $0.value) }.sorted { $0.name.precedes($1.name) }
    }
}

extension UInt64 {
    /// Stays at the largest number: sizes in a log are whatever its writer wrote.
    fileprivate mutating func add(_ other: UInt64) {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        self = isTooLarge ? .max : sum
    }
}

extension TrafficSums.Window: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        if left.host != right.host { return left.host < right.host }
        if left.log != right.log { return left.log.precedes(right.log) }
        return left.start < right.start
    }
}

extension ExactName {
    /// By the bytes, which is the order of code points.
    fileprivate func precedes(_ other: ExactName) -> Bool {
        text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }
}
