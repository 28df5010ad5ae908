/// Requests by status.
package struct StatusCounts: Equatable, Sendable {
    /// By the status; 0 has those without one, and those above 999.
    private var counts = [UInt64](repeating: 0, count: 1_000)

    package init() {}

    package mutating func count(_ status: UInt16) {
        counts[status < 1_000 ? Int(status) : 0] &+= 1
    }

    package mutating func merge(_ other: StatusCounts) {
        for status in counts.indices { counts[status] &+= other.counts[status] }
    }

    /// Those that occurred, in ascending order; nil stands for no status.
    package var all: [(status: UInt16?, hits: UInt64)] {
        counts.indices.filter { counts[$0] > 0 }.map { ($0 == 0 ? nil : UInt16($0), counts[$0]) }
    }

    package var classes: StatusClasses {
        var classes = StatusClasses()
        for status in counts.indices { classes.count(UInt16(status), counts[status]) }
        return classes
    }
}
