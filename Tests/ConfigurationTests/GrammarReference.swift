@testable import Configuration

/// The reference part of docs/configuration.md, made from the grammar.
enum GrammarReference {
    static let begin = "<!-- The reference below is made from the grammar by ReferenceTests. -->\n"

    static var markdown: String {
        var text = begin
        for element in Grammar.elements {
            text += "\n### `<\(element.name)>`\n\n\(wrapped(element.summary))\n\n"
            let parents = Grammar.parents(of: element.name).map { "`<\($0)>`" }
            text += parents.isEmpty ? "The outermost element. " : "Stands in \(parents.joined(separator: ", ")). "
            if element.isSingle { text += "At most one. " }
            let children = element.children.map { "`<\($0)>`" }
            text += children.isEmpty ? "Holds no elements.\n" : "Holds \(children.joined(separator: ", ")).\n"
            if !element.attributes.isEmpty { text += "\n" + table(element.attributes) }
            if element.carriesHostSettings { text += "\nAnd the [settings of hosts](#settings-of-hosts).\n" }
        }
        text += "\n### Settings of hosts\n\n"
        text +=
            "On `<metricsd>`, `<group>` and `<host>`; looked up on the host, then its groups, then `<metricsd>`.\n\n"
        text += table(Grammar.inherited)
        text += "\n### Kinds of values\n\n| kind | allowed |\n|---|---|\n"
        for (title, allowed) in kinds { text += "| \(title) | \(cell(allowed)) |\n" }
        text += "\nAt most one attribute of each of these may be given on an element: "
        text += Grammar.alternatives.map { $0.map { "`\($0)`" }.joined(separator: " ") }.joined(separator: " · ")
        return text + ".\n"
    }

    private static func table(_ attributes: [AttributeGrammar]) -> String {
        var text = "| attribute | kind | default | meaning |\n|---|---|---|---|\n"
        for attribute in attributes {
            let fallback = attribute.isRequired ? "required" : attribute.defaultText ?? "none"
            text +=
                "| `\(attribute.name)` | \(kind(attribute.kind)) | \(cell(fallback)) | \(cell(attribute.summary)) |\n"
        }
        return text
    }

    /// With the limits, which differ among attributes of one kind.
    private static func kind(_ kind: ValueKind) -> String {
        switch kind {
        case .duration(let range):
            "duration, \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        case .size(let range): "size, \(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
        case .integer(let range): "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: " ")
        default: kind.title
        }
    }

    private static var kinds: [(String, String)] {
        var seen: Set<String> = []
        return Grammar.elements.flatMap(\.allAttributes).compactMap { attribute in
            guard seen.insert(attribute.kind.title).inserted else { return nil }
            switch attribute.kind {
            case .duration: return (attribute.kind.title, DurationText.allowed)
            case .size: return (attribute.kind.title, SizeText.allowed)
            case .integer, .choice: return nil
            default: return (attribute.kind.title, attribute.kind.allowed)
            }
        }
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("*", with: "\\*")
    }

    private static func wrapped(_ text: String) -> String {
        text.replacing("<", with: "&lt;")
    }
}
