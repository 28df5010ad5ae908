import Wire

/// One window of 10 seconds that lines still come into.
struct TrafficWindow: Sendable {
    /// Sections that are named, of a window in all.
    static let sectionLimit = 1_000
    /// Different sections that are told apart between two deltas, so that those with most hits get the names.
    private static let candidateLimit = 4_096

    /// Milliseconds; a multiple of 10,000.
    let start: Int64
    /// What came since the last delta; `clients` and `sections` are filled in when it is taken.
    private var delta: TrafficDelta
    private(set) var clients = ClientSet()
    private var sections = NamedCounts(limit: candidateLimit)
    /// Hashes of the sections that were named. Nothing is named any more once they are full, so a section is either
    /// named from its first line on or never: the counts of those that are named are exact.
    private var named: Set<UInt64> = []
    private(set) var isTouched = false

    init(start: Int64) {
        self.start = start
        delta = TrafficDelta(windowStart: Timestamp(milliseconds: start))
    }

    @inline(__always)
    mutating func count(_ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) {
        isTouched = true
        delta.hits &+= 1
        delta.bytes &+= entry.bytes
        delta.statuses.count(entry.status)
        if !entry.client.isEmpty { clients.insert(UnsafeRawBufferPointer(rebasing: line[entry.client])) }
        if !entry.section.isEmpty { sections.add(UnsafeRawBufferPointer(rebasing: line[entry.section])) }
    }

    mutating func countSkipped() {
        isTouched = true
        delta.skipped &+= 1
    }

    mutating func countUnread(_ lines: UInt64) {
        isTouched = true
        delta.unread &+= lines
    }

    /// What came since the last one.
    mutating func takeDelta() -> TrafficDelta {
        var taken = delta
        taken.clients = clients.count
        var rest = sections.other
        for section in sections.top() {
            let hash = Array(section.name.utf8).withUnsafeBytes { SipHash.stored.hash($0) }
            if named.contains(hash) || named.count < Self.sectionLimit {
                named.insert(hash)
                taken.sections.append(TrafficDelta.Section(name: section.name, hits: section.count))
            } else {
                rest &+= section.count
            }
        }
        if rest > 0 { taken.sections.append(TrafficDelta.Section(name: NamedCounts.otherName, hits: rest)) }
        delta = TrafficDelta(windowStart: delta.windowStart)
        sections = NamedCounts(limit: Self.candidateLimit)
        isTouched = false
        return taken
    }
}

extension TrafficWindow {
    /// Clients and the names of sections; to be written when no delta is due.
    func encodeState() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64 + named.count * 8)
        clients.encode(into: &writer)
        writer.writeCount(named.count)
        for hash in named { writer.write(hash) }
        return writer.bytes
    }

    init(start: Int64, state: [UInt8]) throws(WireError) {
        self.init(start: start)
        var reader = ByteReader(state)
        clients = try ClientSet(from: &reader)
        for _ in 0..<(try reader.readCount(ofAtLeast: 8)) { named.insert(try reader.readUInt64()) }
        try reader.finish()
    }
}
