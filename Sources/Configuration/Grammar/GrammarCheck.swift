/// Compares a document with the grammar: elements, attributes, the form of every value. What needs more than one
/// element to judge is the `SettingsReader`'s.
struct GrammarCheck {
    let findings: Findings

    /// Whether the outermost element is ours; without that nothing else is worth saying.
    func check(root: Element) -> Bool {
        guard root.name == Grammar.root else {
            findings.error(
                at: root.location,
                "the outermost element is <\(quoted(root.name))>",
                allowed: "it must be <\(Grammar.root)>",
                suggestion: NearestMatch.of(root.name, in: [Grammar.root])
            )
            return false
        }
        check(root)
        return true
    }

    private func check(_ element: Element) {
        guard let grammar = Grammar.element(element.name) else { return }
        if let place = element.textLocation {
            findings.error(
                at: place,
                "text inside <\(element.name)> has no meaning",
                allowed: "settings are attributes, comments are <!-- … -->"
            )
        }
        checkAttributes(of: element, grammar)
        checkAlternatives(of: element)
        var single: [String: Element] = [:]
        for child in element.children {
            guard checkPlace(of: child, in: grammar) else { continue }
            if let first = single[child.name] {
                findings.error(
                    at: child.location,
                    "<\(child.name)> is given twice; the first is on line \(first.location.line)",
                    allowed: "remove one of them"
                )
            }
            if Grammar.element(child.name)?.isSingle == true { single[child.name] = single[child.name] ?? child }
            check(child)
        }
    }

    /// What stands in a wrong place is not looked into: its own errors would only distract.
    private func checkPlace(of child: Element, in parent: ElementGrammar) -> Bool {
        if parent.children.contains(child.name) { return true }
        let allowed =
            parent.children.isEmpty
            ? "<\(parent.name)> holds no elements"
            : "<\(parent.name)> may hold: \(parent.children.map { "<\($0)>" }.joined(separator: ", "))"
        if Grammar.element(child.name) != nil {
            findings.error(
                at: child.location,
                "<\(child.name)> does not belong into <\(parent.name)>",
                allowed: Grammar.parents(of: child.name).isEmpty
                    ? "it is the outermost element only"
                    : "its place is \(Grammar.parents(of: child.name).map { "<\($0)>" }.joined(separator: ", "))"
            )
        } else {
            findings.error(
                at: child.location,
                "unknown element <\(quoted(child.name))>",
                allowed: allowed,
                suggestion: NearestMatch.of(child.name, in: parent.children)
            )
        }
        return false
    }

    private func checkAttributes(of element: Element, _ grammar: ElementGrammar) {
        let known = grammar.allAttributes
        var meant: Set<String> = []
        for attribute in element.attributes {
            guard let rule = known.first(where: { $0.name == attribute.name }) else {
                let missing = known.map(\.name).filter { element.attribute($0) == nil }
                let suggestion = NearestMatch.of(attribute.name, in: missing)
                if let suggestion { meant.insert(suggestion) }
                findings.error(
                    at: attribute.location,
                    "unknown attribute '\(quoted(attribute.name))' of <\(element.name)>",
                    allowed: "known are: \(known.map(\.name).joined(separator: ", "))",
                    suggestion: suggestion
                )
                continue
            }
            if !rule.kind.accepts(attribute.value) { report(attribute, rule, element) }
        }
        for rule in known where rule.isRequired && element.attribute(rule.name) == nil && !meant.contains(rule.name) {
            findings.error(
                at: element.location,
                "<\(element.name)> needs the attribute '\(rule.name)'",
                allowed: rule.kind.allowed
            )
        }
    }

    private func report(_ attribute: Attribute, _ rule: AttributeGrammar, _ element: Element) {
        var value = ""
        if attribute.value.isEmpty || rule.kind.isQuotable(attribute.value) { value = " '\(quoted(attribute.value))'" }
        var suggestion: String?
        if case .choice(let words) = rule.kind { suggestion = NearestMatch.of(attribute.value, in: words) }
        if rule.kind == .hostKey { suggestion = NearestMatch.of(attribute.value, in: HostKeyText.words) }
        findings.error(
            at: attribute.valueLocation,
            "the \(rule.kind.title)\(value) in '\(attribute.name)' cannot be used",
            allowed: rule.kind.allowed,
            suggestion: suggestion
        )
    }

    private func checkAlternatives(of element: Element) {
        for names in Grammar.alternatives {
            let given = element.attributes.filter { names.contains($0.name) }
            for attribute in given.dropFirst() {
                findings.error(
                    at: attribute.location,
                    "'\(attribute.name)' is given beside '\(given[0].name)'",
                    allowed: "at most one of: \(names.joined(separator: ", "))"
                )
            }
        }
    }
}

/// What is told back of the file's own words: at most 60 characters.
func quoted(_ text: String) -> String {
    text.unicodeScalars.count > 60 ? "\(String(text.unicodeScalars.prefix(60)))…" : text
}
