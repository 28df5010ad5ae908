import Wire

/// Hits by second, for few different seconds.
struct SecondCounts: Equatable, Sendable {
    struct Element: Equatable, Sendable {
        var second: Int64
        var hits: UInt64
    }

    static let limit = 256

    private(set) var elements: [Element] = []

    init() {}

    var hits: UInt64 { elements.reduce(0) { $0 + $1.hits } }

    var isEmpty: Bool { elements.isEmpty }

    var isFull: Bool { elements.count >= Self.limit }

    mutating func add(_ hits: UInt64, at second: Int64) {
        // Lines mostly come in order, so the second is at the end.
        if let place = elements.lastIndex(where: { $0.second == second }) {
            elements[place].hits += hits
        } else {
            elements.append(Element(second: second, hits: hits))
        }
    }

    mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
    }

    func filter(_ isIncluded: (Int64) -> Bool) -> SecondCounts {
        var chosen = SecondCounts()
        chosen.elements = elements.filter { isIncluded($0.second) }
        return chosen
    }

    /// The first second by which more than this share of the hits has come; nil where there is none.
    func second(atShare share: Double) -> Int64? {
        let sorted = elements.sorted { $0.second < $1.second }
        let wanted = Double(hits) * share
        var sum = 0.0
        for element in sorted {
            sum += Double(element.hits)
            if sum > wanted { return element.second }
        }
        return sorted.last?.second
    }
}

extension SecondCounts {
    func encode(into writer: inout ByteWriter) {
        writer.writeCount(elements.count)
        for element in elements {
            writer.write(element.second)
            writer.writeVarint(element.hits)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        for _ in 0..<(try reader.readCount(ofAtLeast: 9)) {
            let second = try reader.readInt64()
            guard second.magnitude < 1 << 50 else { throw .malformedNumber }
            elements.append(Element(second: second, hits: try reader.readVarint()))
        }
    }
}
