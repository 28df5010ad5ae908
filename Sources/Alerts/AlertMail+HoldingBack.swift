import Wire

/// The hosts that cannot be reached while this one cannot: those whose `parent` it is, and those behind them.
package struct AlertDependents: Codable, Equatable, Sendable {
    package var count: Int
    /// The first of them.
    package var names: [String]

    static let namesKept = 5

    init?(_ hosts: [String]) {
        guard !hosts.isEmpty else { return nil }
        count = hosts.count
        names = Array(hosts.prefix(AlertDependents.namesKept))
    }
}

extension AlertMail {
    /// What stands below the headline where people were not told at once, or are not told of everything; a sentence each.
    package static func circumstances(_ notification: AlertNotification) -> [String] {
        let alert = notification.alert
        var sentences: [String] = []
        if let hold = alert.hold, notification.kind != .resolved {
            let cause = ForeignText.line(hold.cause, limit: 400)
            if hold.endedAt == nil {
                sentences.append("Nobody is told: \(cause).")
            } else if hold.endedAt == alert.lastNotifiedAt {
                sentences.append("Nobody was told until now: \(cause).")
            }
        }
        if let dependents = alert.dependents, notification.kind != .resolved {
            let names = dependents.names.map { ForeignText.line($0, limit: 60) }.joined(separator: ", ")
            let more =
                dependents.count > dependents.names.count
                ? " and \(dependents.count - dependents.names.count) more" : ""
            let (stand, their) =
                dependents.count == 1 ? ("1 host stands", "Its") : ("\(dependents.count) hosts stand", "Their")
            sentences.append(
                "\(stand) behind it: \(names)\(more). \(their) alerts unreachable, no_data and log_silent are held back "
                    + "meanwhile."
            )
        }
        return sentences
    }

    /// For the facts: until when nobody was told, and why. While it lasts nobody is told, or what is told now (the end of what
    /// people knew of) is not held back.
    static func hold(_ alert: Alert) -> [(String, String)] {
        guard let hold = alert.hold, let endedAt = hold.endedAt else { return [] }
        return [("Held back", "until \(endedAt.utcText) UTC: \(ForeignText.line(hold.cause, limit: 400))")]
    }
}
