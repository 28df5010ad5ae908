/// A metric type as the server needs it: for validation, for the `metrics` table, for people.
package struct MetricDefinition: Equatable, Sendable {
    /// `cpu_percent`; ends in its unit.
    package var name: String
    /// `percent`, `bytes`, `bytes per second`, `per second`, `seconds`, `celsius`, or empty for a count.
    package var unit: String
    /// One sentence.
    package var description: String
    /// What a `CollectionPlan` names to get it: its own name, or the set that adds instances to it (`cores`).
    package var selector: String
    /// Whether the set `standard` holds it.
    package var isStandard: Bool
    /// The collector that reads it, as `CollectorFailure` names it.
    package var collector: String

    package init(
        name: String,
        unit: String,
        description: String,
        selector: String,
        isStandard: Bool,
        collector: String
    ) {
        self.name = name
        self.unit = unit
        self.description = description
        self.selector = selector
        self.isStandard = isStandard
        self.collector = collector
    }
}

/// What the probe can collect, taken from its list of collectors.
package enum MetricCatalog {
    /// Every metric in the order of the list. `cpu_percent` occurs twice: by itself, and as the set `cores`.
    package static let definitions: [MetricDefinition] = allCollectors().flatMap { collector in
        collector.metrics.map { metric in
            MetricDefinition(
                name: metric.name,
                unit: metric.unit,
                description: metric.description,
                selector: metric.selector,
                isStandard: metric.isStandard,
                collector: collector.name
            )
        }
    }

    /// The sets that `metrics="…"` may name beside metric types.
    package static let setNames: [String] =
        ["standard"] + definitions.filter { $0.selector != $0.name }.map { $0.selector }

    /// Every word that `metrics="…"` may name: metric types, then sets.
    package static let selectableNames: [String] =
        definitions.filter { $0.selector == $0.name }.map { $0.name } + setNames

    /// The metric that a selector of a `CollectionPlan` brings (`cores` → `cpu_percent`); nil where there is none.
    package static func definition(forSelector selector: String) -> MetricDefinition? {
        definitions.first { $0.selector == selector }
    }

    /// The metric type of that name; nil where there is none. Sets are not metric types.
    package static func definition(named name: String) -> MetricDefinition? {
        definitions.first { $0.name == name && $0.selector == name }
    }

    /// The selectors behind a set: `standard` → its metrics, `cores` → `cores`; nil where there is no such set.
    package static func selectors(inSet name: String) -> [String]? {
        if name == "standard" { return definitions.filter { $0.isStandard }.map { $0.selector } }
        return setNames.contains(name) ? [name] : nil
    }

    /// What a word of `metrics="…"` asks for, as selectors of a `CollectionPlan`; nil where nothing bears that name.
    package static func selectors(for word: String) -> [String]? {
        selectors(inSet: word) ?? definition(named: word).map { [$0.selector] }
    }
}
