/// Hits of each second of the last hour, for the chart.
package struct HitHistory: Sendable {
    package static let longestSeconds = 3_600

    /// The last second that is known.
    package private(set) var newest: Int64?
    /// Up to `newest`, oldest first.
    private var hits: [UInt64] = []

    package init() {}

    package mutating func add(_ count: UInt64, at second: Int64) {
        if let newest {
            // One of the clocks was set back: there is only one value for a second.
            guard second > newest else { return }
            let unknown = min(second - newest - 1, Int64(Self.longestSeconds))
            hits += repeatElement(0, count: Int(unknown))
        }
        hits.append(count)
        newest = second
        if hits.count > 2 * Self.longestSeconds { hits.removeFirst(hits.count - Self.longestSeconds) }
    }

    /// Average hits per second of spans of `width` seconds, of which the last ends with the newest second that is a
    /// multiple of the width: as long as a span's bar stands, it is the same. Oldest first; at most `count`.
    package func rates(width: Int, count: Int) -> [Double] {
        guard let newest, width > 0 else { return [] }
        let end = hits.count - Int((newest + 1) % Int64(width))
        var rates: [Double] = []
        var place = end
        while rates.count < count, place > 0 {
            let span = hits[max(place - width, 0)..<place]
            rates.append(Double(span.reduce(0, +)) / Double(span.count))
            place -= width
        }
        return rates.reversed()
    }
}
