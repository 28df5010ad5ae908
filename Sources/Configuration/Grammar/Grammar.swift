/// The grammar of server_config.xml as data: validation, "did you mean", and docs/configuration.md come from it.
///
/// To add an attribute: one line in its element's table (`Grammar+Elements.swift`), the setting that reads it, a line in
/// server_config.xml, and the output of the reference in docs/configuration.md (a test compares both).
struct AttributeGrammar: Sendable {
    let name: String
    let kind: ValueKind
    let isRequired: Bool
    /// What holds without it, as the reference says it; nil where nothing does.
    let defaultText: String?
    /// One sentence.
    let summary: String

    init(
        _ name: String,
        _ kind: ValueKind,
        isRequired: Bool = false,
        defaultText: String? = nil,
        _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.defaultText = defaultText
        self.summary = summary
    }
}

struct ElementGrammar: Sendable {
    let name: String
    /// One or two sentences for the reference.
    let summary: String
    /// The element's own attributes.
    let attributes: [AttributeGrammar]
    /// Whether it carries the settings of hosts too, `Grammar.inherited`.
    let carriesHostSettings: Bool
    /// The names of the elements allowed in it.
    let children: [String]
    /// Whether its parent may hold one only.
    let isSingle: Bool

    init(
        _ name: String,
        _ summary: String,
        attributes: [AttributeGrammar] = [],
        carriesHostSettings: Bool = false,
        children: [String] = [],
        isSingle: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.attributes = attributes
        self.carriesHostSettings = carriesHostSettings
        self.children = children
        self.isSingle = isSingle
    }

    var allAttributes: [AttributeGrammar] {
        carriesHostSettings ? attributes + Grammar.inherited : attributes
    }
}

enum Grammar {
    static let root = "metricsd"

    static func element(_ name: String) -> ElementGrammar? {
        elements.first { $0.name == name }
    }

    /// Where an element may stand.
    static func parents(of name: String) -> [String] {
        elements.filter { $0.children.contains(name) }.map(\.name)
    }

    /// Attributes of which at most one may be given on an element.
    static let alternatives = [
        ["password", "password-file", "password-env"],
        ["passphrase", "passphrase-file", "passphrase-env"],
        ["above", "below"],
        ["host", "socket"],
        ["port", "socket"],
    ]
}
