import Foundation
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
            text = text[..<start] + GrammarReference.markdown
            try Data(text.utf8).write(to: path)
        }
        let isCurrent = text[start...] == GrammarReference.markdown
        #expect(isCurrent, "docs/configuration.md differs: run with METRICSD_UPDATE_REFERENCE=1 and look at the change")
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
