/// An attribute with the place of its name and of its value's first character.
struct Attribute: Equatable, Sendable {
    let name: String
    let value: String
    let location: SourceLocation
    let valueLocation: SourceLocation
}

/// An element of the configuration file with its place: that of its `<`.
///
/// A class, because the tree is built from the events of a parser and elements know who holds them.
final class Element {
    let name: String
    let location: SourceLocation
    let attributes: [Attribute]
    fileprivate(set) var children: [Element] = []
    /// Where characters other than white space stand between the tags.
    var textLocation: SourceLocation?
    /// Unowned would do, but a tree that is taken apart must not trap.
    private(set) weak var parent: Element?

    init(name: String, location: SourceLocation, attributes: [Attribute] = []) {
        self.name = name
        self.location = location
        self.attributes = attributes
    }

    func append(_ child: Element) {
        child.parent = self
        children.append(child)
    }

    func attribute(_ name: String) -> Attribute? {
        attributes.first { $0.name == name }
    }

    func children(_ name: String) -> [Element] {
        children.filter { $0.name == name }
    }
}
