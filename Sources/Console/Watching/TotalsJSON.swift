package import AccessLogs

extension TrafficTotals {
    /// One line of JSON (RFC 8259): `lines hits skipped unread bytes clients`, and `statuses methods sections` as objects
    /// of counts, the highest first. Requests without a status, method or section are in none of the objects.
    package var json: String {
        let statuses = statuses.all.sorted { $0.hits > $1.hits }
            .compactMap { entry in entry.status.map { ("\($0)", entry.hits) } }
        return """
            {"lines":\(lines),"hits":\(hits),"skipped":\(skipped),"unread":\(unread.total),"bytes":\(bytes),\
            "clients":\(clients.count),"statuses":\(Self.object(statuses)),"methods":\(Self.object(methods)),\
            "sections":\(Self.object(sections))}
            """
    }

    private static func object(_ counts: NamedCounts) -> String {
        var members = counts.top().map { ($0.name, $0.count) }
        if counts.other > 0 { members.append((NamedCounts.otherName, counts.other)) }
        return object(members)
    }

    private static func object(_ members: [(String, UInt64)]) -> String {
        "{" + members.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case ..<" ":
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
