/// An attribute with the place of its name and of its value's first character.
struct Attribute: Equatable, Sendable {
    let name: String
    let value: String
    let location: SourceLocation
    let valueLocation: SourceLocation
}

/// An element of the configuration file with its place: that of its `<`.
///
/// A class: the tree grows with the events of a parser, and an element's identity is what its hosts share.
final class Element {
    let name: String
    let location: SourceLocation
    let attributes: [Attribute]
    private(set) var children: [Element] = []
    /// By name, because each of thousands of hosts asks the elements around it for their alerts and commands.
    private var childrenByName: [String: [Element]] = [:]
    /// Where characters other than white space stand between the tags.
    let textLocation: SourceLocation?

    init(name: String, location: SourceLocation, attributes: [Attribute], textLocation: SourceLocation?) {
        self.name = name
        self.location = location
        self.attributes = attributes
        self.textLocation = textLocation
    }

    func append(_ child: Element) {
        children.append(child)
        childrenByName[child.name, default: []].append(child)
    }

    func attribute(_ name: String) -> Attribute? {
        attributes.first { $0.name == name }
    }

    func children(_ name: String) -> [Element] {
        childrenByName[name] ?? []
    }
}
