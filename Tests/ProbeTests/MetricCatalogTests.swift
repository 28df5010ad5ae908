import Foundation
import Probe
import Testing

@Suite struct MetricCatalogTests {
    /// What the design promises: names are used in configurations and queries and never change.
    static let promised = [
        "uptime_seconds", "cpu_percent", "cpu_user_percent", "cpu_system_percent", "cpu_iowait_percent",
        "cpu_steal_percent", "load1", "load5", "load15", "mem_percent", "mem_available_bytes", "mem_total_bytes",
        "swap_percent", "swap_used_bytes", "disk_used_percent", "disk_free_bytes", "disk_total_bytes",
        "inodes_used_percent", "disk_read_bytes_per_second", "disk_write_bytes_per_second", "disk_busy_percent",
        "net_receive_bytes_per_second", "net_transmit_bytes_per_second", "net_errors_per_second", "tcp_connections",
        "processes", "processes_running", "processes_blocked", "cpu_pressure_percent", "memory_pressure_percent",
        "io_pressure_percent", "file_descriptors_percent", "temperature_celsius", "failed_units", "logged_in_users",
    ]

    @Test func everyPromisedMetricIsThereOnce() {
        let names = MetricCatalog.definitions.filter { $0.selector == $0.name }.map(\.name)
        #expect(names.sorted() == Self.promised.sorted())
    }

    @Test func selectorsAreUnique() {
        let selectors = MetricCatalog.definitions.map(\.selector)
        #expect(Set(selectors).count == selectors.count)
    }

    @Test(arguments: MetricCatalog.definitions)
    func aNameEndsInItsUnit(_ metric: MetricDefinition) {
        let ending = [
            "percent": "_percent", "bytes": "_bytes", "bytes per second": "_bytes_per_second",
            "per second": "_per_second", "seconds": "_seconds", "celsius": "_celsius", "": "",
        ][metric.unit]
        #expect(ending != nil, "the unit '\(metric.unit)' is not in the documentation")
        #expect(metric.name.hasSuffix(ending ?? "?"))
        if metric.unit.isEmpty {
            #expect(!["_percent", "_bytes", "_second", "_seconds", "_celsius"].contains { metric.name.hasSuffix($0) })
        }
    }

    @Test(arguments: MetricCatalog.definitions)
    func aDescriptionIsOneSentence(_ metric: MetricDefinition) {
        #expect(metric.description.hasSuffix("."))
        #expect(metric.description.count < 120)
    }

    @Test func theStandardSetLeavesOutWhatCosts() {
        let standard = MetricCatalog.selectors(inSet: "standard") ?? []
        let rest = Self.promised.filter { !standard.contains($0) }
        #expect(rest == ["tcp_connections", "temperature_celsius", "failed_units"])
        #expect(!standard.contains("cores"))
    }

    @Test func coresIsASetThatAddsInstancesToAMetric() {
        #expect(MetricCatalog.setNames == ["standard", "cores"])
        #expect(MetricCatalog.selectors(for: "cores") == ["cores"])
        #expect(MetricCatalog.definition(forSelector: "cores")?.name == "cpu_percent")
        #expect(MetricCatalog.definition(named: "cores") == nil)
    }

    @Test func wordsOfTheConfiguration() {
        #expect(MetricCatalog.selectors(for: "load1") == ["load1"])
        #expect(MetricCatalog.selectors(for: "standard")?.first == "uptime_seconds")
        #expect(MetricCatalog.selectors(for: "cpu") == nil)
        #expect(MetricCatalog.selectableNames.count == Self.promised.count + 2)
    }

    @Test func collectorsHaveNamesOfTheirOwn() {
        let names = allCollectors().map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func theListReadsNothingUntilItIsAsked() {
        // Roots that are not there: making the collectors must not touch them.
        #expect(allCollectors(roots: Roots(under: "/no/such/folder")).count == allCollectors().count)
    }

    @Test func aHostThatHasNothingYieldsNothing() {
        for collector in allCollectors(roots: Roots(under: "/no/such/folder")) {
            for (number, metric) in collector.metrics.enumerated() { metric.number = UInt16(number) }
            #expect(collector.reading(atSeconds: 1) == "", "\(collector.name)")
        }
    }
}

/// `docs/metrics.md` is what users read.
@Suite struct MetricDocumentationTests {
    @Test func theTableIsThatOfTheCatalog() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/metrics.md")
        // The next heading begins what is not collected on hosts.
        let text = try String(contentsOf: file, encoding: .utf8)
        let rows = text.prefix(upTo: text.firstRange(of: "\n## ")?.lowerBound ?? text.endIndex).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
        let documented = rows.map { row in
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return "\(cells[0]) \(cells[1]) \(cells[4])"
        }
        let declared = MetricCatalog.definitions.map { metric in
            let unit = metric.unit.isEmpty ? "count" : metric.unit
            let set = metric.selector != metric.name ? "`\(metric.selector)`" : metric.isStandard ? "`standard`" : "–"
            return "`\(metric.name)` \(unit) \(set)"
        }
        #expect(documented == declared)
    }
}
