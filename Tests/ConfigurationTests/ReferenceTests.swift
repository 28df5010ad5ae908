import Foundation
import Probe
import Testing

@testable import Configuration

/// docs/configuration.md tells what the program does.
struct ReferenceTests {
    /// `METRICSD_UPDATE_REFERENCE=1 swift test --filter ReferenceTests` writes it anew after a change of the grammar.
    @Test func isMadeFromTheGrammar() throws {
        let path = ShippedConfigurationTests.top.appending(path: "docs/configuration.md")
        var text = try String(contentsOf: path, encoding: .utf8)
        let start = try #require(text.range(of: GrammarReference.begin)).lowerBound
        if ProcessInfo.processInfo.environment["METRICSD_UPDATE_REFERENCE"] != nil {
            text = text[..<start] + GrammarReference.markdown + GrammarReference.metricTable
            try Data(text.utf8).write(to: path)
        }
        let metrics = try #require(text.range(of: GrammarReference.metrics)).lowerBound
        let isCurrent = text[start..<metrics] == GrammarReference.markdown
        #expect(isCurrent, "docs/configuration.md differs: run with METRICSD_UPDATE_REFERENCE=1 and look at the change")
        // A new metric needs no edit here to pass; one that is gone or renamed may not stay in the table.
        for row in text[metrics...].split(separator: "\n") where row.hasPrefix("| `") && !row.hasPrefix("| `metrics`") {
            let names = row.split(separator: "`")
            let isKnown = MetricCatalog.definitions.contains { $0.selector == names[1] && $0.name == names[3] }
            #expect(isKnown, "\(row)")
        }
    }

    @Test func theGrammarIsWhole() {
        var names: Set<String> = []
        for element in Grammar.elements {
            #expect(names.insert(element.name).inserted)
            for child in element.children { #expect(Grammar.element(child) != nil) }
            var attributes: Set<String> = []
            for attribute in element.allAttributes {
                #expect(attributes.insert(attribute.name).inserted, "\(attribute.name) of <\(element.name)> twice")
                #expect(attribute.summary.hasSuffix("."))
            }
        }
        #expect(names.contains(Grammar.root))
        for name in names where name != Grammar.root { #expect(!Grammar.parents(of: name).isEmpty) }
    }

    @Test(arguments: [
        ("prot", "port"), ("intervall", "interval"), ("pasword", "password"), ("host_key", "host-key"),
        ("ADDRESS", "address"), ("nmae", "name"),
    ])
    func findsWhatWasMeant(word: String, meant: String) {
        let names = Grammar.elements.flatMap(\.allAttributes).map(\.name)
        #expect(NearestMatch.of(word, in: names) == meant)
    }

    @Test(arguments: ["colour", "x", "", String(repeating: "password", count: 100)])
    func staysSilentOtherwise(word: String) {
        #expect(NearestMatch.of(word, in: Grammar.elements.flatMap(\.allAttributes).map(\.name)) == nil)
    }
}
