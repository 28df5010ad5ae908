import Wire

/// What became of reading the configuration again: kept in the journal for who asked for it.
package struct ReloadOutcome: Codable, Equatable, Sendable {
    /// Of the metricsd that tells.
    package var processIdentifier: Int32
    /// 0 from the start to the first reload, then counted.
    package var number: Int
    /// Of the newest reload that was begun: what is asked for from then on is answered by a later one.
    package var begun: Int
    /// The configuration's path as that metricsd has it.
    package var file: String
    /// Milliseconds since 1970.
    package var atMilliseconds: Int64
    package var added: [String] = []
    package var changed: [String] = []
    package var removed: [String] = []
    /// Parts that were begun anew: `mail`, `database`…
    package var restarted: [String] = []
    /// What kept the file, or a part of it, from being taken over, with the mend; nil when all of it is in force.
    package var problem: String?

    init(processIdentifier: Int32, number: Int, file: String, at now: Timestamp) {
        self.processIdentifier = processIdentifier
        self.number = number
        begun = number
        self.file = file
        atMilliseconds = now.milliseconds
    }

    /// One line for people.
    package var sentence: String {
        let hosts = [("added", added), ("changed", changed), ("removed", removed)].filter { !$0.1.isEmpty }.map {
            "\($1.count) \($1.count == 1 ? "host" : "hosts") \($0) (\(Self.list($1)))"
        }
        let parts = hosts + (restarted.isEmpty ? [] : ["begun anew: \(restarted.joined(separator: ", "))"])
        let done = parts.isEmpty ? "nothing of the hosts changed" : parts.joined(separator: "; ")
        guard let problem else { return "\(file) is in force: \(done)" }
        return parts.isEmpty ? problem : "\(problem) Done before: \(done)."
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? "…" : "")
    }
}
