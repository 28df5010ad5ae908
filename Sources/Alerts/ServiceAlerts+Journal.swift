package import Wire

/// What waits in the journal for the database.
package struct JournalCondition: Equatable, Sendable {
    package var records: UInt64
    package var bytes: UInt64
    /// When the oldest of it was recorded; nil where nothing waits.
    package var oldest: Timestamp?
    /// Why the last try to store it failed, with the mend; nil where none did.
    package var reason: String?

    package init(records: UInt64, bytes: UInt64, oldest: Timestamp?, reason: String?) {
        self.records = records
        self.bytes = bytes
        self.oldest = oldest
        self.reason = reason
    }
}

extension ServiceAlerts {
    static let journalType = "journal_growing"
    /// Ten minutes behind, in seconds; over at less than five.
    static let journalThreshold = AlertThreshold(.above, 600, clear: 300)

    /// To be told once a minute: fires when what waits is ten minutes old and has not become less since the last time.
    /// However much waits, one that shrinks is being stored.
    mutating func journal(_ condition: JournalCondition, at now: Timestamp) -> [AlertChange] {
        let threshold = ServiceAlerts.journalThreshold
        let age = condition.oldest.map { max(Double($0.elapsed(to: now)) / 1_000, 0) } ?? 0
        let isShrinking = journalBytes.map { condition.bytes < $0 } ?? true
        journalBytes = condition.bytes
        let evidence = AlertStateMachine.Evidence(
            at: now,
            value: age,
            severity: .critical,
            reason: condition.text
        )
        var action: AlertStateMachine.Action
        if age >= threshold.value, !isShrinking || !journalGrowth.isOk {
            let (random, recipients) = (random, budgetRecipients)
            let cause = holdCause(ofType: ServiceAlerts.journalType)
            let timing = AlertStateMachine.Timing(holdFor: 0, gapLimit: nil, jitter: 0, repeatEvery: nil)
            action = journalGrowth.holds(evidence, comparison: threshold, timing: timing) { since in
                var alert = Alert(journalFrom: since, recipients: recipients, random)
                alert.hold = cause.map { AlertHold(cause: $0, untold: .raised) }
                return alert
            }
        } else if age < threshold.clear {
            action = journalGrowth.ends(at: now, value: age)
        } else {
            action = journalGrowth.lingers(evidence)
        }
        var changes: [AlertChange] = []
        append(action, of: journalGrowth, key: ServiceAlerts.journalType, instance: "", to: &changes)
        return changes
    }
}

extension JournalCondition {
    /// What is the matter, then what that means, then the mend.
    fileprivate var text: String {
        let groups = records == 1 ? "1 group of rows waits" : "\(NumberText.exact(Double(records))) groups of rows wait"
        let size = ValueText.short(Double(bytes), unit: "bytes")
        let cause = reason ?? "They are stored more slowly than they come: look at the load of the database server."
        return "the database does not take what is measured\n\(groups) in the journal, \(size). \(cause)\n"
            + "Nothing is lost: all of it is stored, in order, once the database takes it, as long as the disk of the state "
            + "directory has room."
    }
}

extension Alert {
    fileprivate init(journalFrom since: Timestamp, recipients: [String], _ random: () -> UInt64) {
        self.init(
            service: .journalGrowing,
            type: ServiceAlerts.journalType,
            instance: "",
            recipients: recipients,
            at: since,
            random
        )
        unit = "seconds"
        let threshold = ServiceAlerts.journalThreshold
        comparison = threshold.comparison
        self.threshold = threshold.value
        clear = threshold.clear
    }
}
