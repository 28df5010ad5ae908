#if !hasFeature(Embedded)
    package import Wire
#endif

/// A metric type as the probe's list declares it: the one place its name, unit and description are written.
///
/// A class, so that a collector hands in a value by reference to its metric, without hashing a name at each poll.
package final class Metric {
    package let name: String
    /// `percent`, `bytes`, `bytes per second`, `per second`, `seconds`, `celsius`, or empty for a count.
    package let unit: String
    /// One sentence for the `metrics` table and for people.
    package let description: String
    /// What `metrics="…"` names to get it: its own name, or a set such as `cores` that adds instances to it.
    package let selector: String
    package let isStandard: Bool
    /// The number the plan gives it; nil while nobody asks for it.
    package var number: UInt16?

    package init(_ name: String, unit: String, selector: String? = nil, isStandard: Bool, _ description: String) {
        self.name = name
        self.unit = unit
        self.description = description
        self.selector = selector ?? name
        self.isStandard = isStandard
    }
}

/// What collectors write their values into.
package struct SampleOutput {
    package private(set) var samples: [Sample] = []

    package init() {}

    /// Takes a value if the plan asks for its metric; a value that is not finite is left out.
    package mutating func add(_ metric: Metric, instance: String = "", _ value: Double) {
        guard let number = metric.number, value.isFinite else { return }
        samples.append(Sample(metric: number, instance: instance, value: value))
    }
}

/// Reads one source of the kernel and yields the metrics found there. One subclass, one file in `Collectors/`.
///
/// A class hierarchy, because Embedded Swift has no existentials and a collector of rates keeps its last reading.
/// A host that has no such thing (no swap, no PSI) yields nothing; `CollectorFailure` is for what should be there.
package class Collector {
    package let name: String
    private let given: [Metric]

    /// What it can yield. Overridden where the metrics are properties; always the same objects.
    package var metrics: [Metric] { given }

    package init(name: String, metrics: [Metric] = []) {
        self.name = name
        given = metrics
    }

    /// Whether a read may hang (a network filesystem, a slow sensor, a program). Such a collector runs in a child
    /// process under the deadline, so it must keep nothing between polls.
    package var mayBlock: Bool { false }

    /// Whether the values are rates between two readings: the first poll is primed by a reading of its own.
    package var isRate: Bool { false }

    /// - Parameter uptimeNanoseconds: `CLOCK_MONOTONIC` (`man 2 clock_gettime`), for rates.
    package func collect(into output: inout SampleOutput, uptimeNanoseconds: UInt64) throws(CollectorFailure) {}
}
