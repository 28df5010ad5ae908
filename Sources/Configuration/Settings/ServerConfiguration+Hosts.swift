extension ServerConfiguration {
    /// A command names a host that the configuration does not have.
    package struct UnknownHost: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Throws: an error that names what was probably meant, and some of what there is.
    package func host(named name: String) throws(UnknownHost) -> HostSettings {
        if let host = hosts.first(where: { $0.name == name }) { return host }
        let names = hosts.map(\.name)
        let shown = names.prefix(10).joined(separator: ", ")
        let more = names.count > 10 ? " and \(names.count - 10) more" : ""
        let meant = NearestMatch.of(name, in: names).map { "; did you mean \($0)" } ?? ""
        throw UnknownHost(description: "no host \(quoted(name)) in \(file); it has \(shown)\(more)\(meant)")
    }
}
