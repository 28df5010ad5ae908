/// An element with all it stands in, innermost first: where the settings of a host are looked up.
struct Scope {
    let elements: [Element]

    /// The nearest element that has the attribute decides.
    func attribute(_ name: String) -> Attribute? {
        for element in elements {
            if let attribute = element.attribute(name) { return attribute }
        }
        return nil
    }

    /// The nearest element that has any of the attributes decides, so that alternatives are inherited as a unit: a
    /// host's `password-file` goes before its group's `password`.
    func attribute(ofAny names: [String]) -> Attribute? {
        for element in elements {
            if let attribute = element.attributes.first(where: { names.contains($0.name) }) { return attribute }
        }
        return nil
    }

    func duration(_ name: String) -> Duration? {
        attribute(name).flatMap { DurationText.parse($0.value) }
    }

    func integer(_ name: String) -> Int? {
        attribute(name).flatMap { NumberText.integer($0.value) }
    }

    func text(_ name: String) -> String? {
        attribute(name)?.value
    }
}
