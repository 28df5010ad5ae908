import Alerts

/// `parent`: the hosts that others are reached through.
extension SettingsReader {
    /// The name that holds for a host: its own, or that of the nearest group. A group's does not hold for the host that it
    /// names.
    func parent(of name: String, in scope: Scope) -> String? {
        guard let attribute = scope.attribute("parent"), NameText.isName(attribute.value) else { return nil }
        if attribute.value == name, scope.elements[0].attribute("parent") == nil { return nil }
        parentAttributes[name] = attribute
        return attribute.value
    }

    /// Behind the reading of all hosts: names that nobody has, circles, and parents whose failure nobody would be told.
    func checkParents() {
        let parents = Dictionary(hosts.compactMap { host in host.parent.map { (host.name, $0) } }) { first, _ in first }
        var reported: Set<String> = []
        for host in hosts {
            guard let parent = host.parent, let attribute = parentAttributes[host.name] else { continue }
            guard hostElements[parent] != nil else {
                findings.error(
                    at: attribute.valueLocation,
                    "there is no host '\(quoted(parent))'",
                    allowed: "'parent' is the name of the <host> that others are reached through",
                    suggestion: NearestMatch.of(parent, in: hosts.map(\.name))
                )
                continue
            }
            if let circle = circle(from: host.name, parents), reported.isDisjoint(with: circle) {
                reported.formUnion(circle)
                findings.error(
                    at: attribute.valueLocation,
                    circle.count == 1
                        ? "the host '\(host.name)' is its own parent"
                        : "hosts are each other's parents: \((circle + [circle[0]]).map(quoted).joined(separator: " - "))",
                    allowed: "remove one of them; the host nearest to this server has no parent"
                )
            }
        }
        guard !findings.hasErrors else { return }
        for parent in Set(parents.values).sorted() {
            guard let host = hosts.first(where: { $0.name == parent }),
                !host.alerts.contains(where: { $0.subject == .unreachable })
            else { continue }
            findings.warning(
                at: hostElements[parent]?.location,
                "'\(parent)' is a parent and has no alert of the type unreachable: when it fails, the alerts of the hosts "
                    + "behind it are not held back",
                allowed: "add <alert type=\"unreachable\"/> to it, a group or <metricsd>"
            )
        }
    }

    /// The hosts of the circle that `name` belongs to; nil where it belongs to none.
    private func circle(from name: String, _ parents: [String: String]) -> [String]? {
        var circle = [name]
        var next = parents[name]
        while let current = next, current != name {
            guard !circle.contains(current) else { return nil }
            circle.append(current)
            next = parents[current]
        }
        return next == nil ? nil : circle
    }
}
