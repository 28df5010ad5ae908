import Wire

extension Alert.Kind {
    /// Told once and never resolved.
    var isOverWhenTold: Bool {
        switch self {
        case .logLoss, .deliveryConflict, .batchAltered, .journalDamaged: true
        case .metric, .commandStatus, .unreachable, .noData, .machineChanged, .clockSkew, .highTraffic, .logSilent,
            .deliveryFailed, .diskBudget, .journalGrowing:
            false
        }
    }

    /// Whether its reason stands behind the facts, where it is not in the lead.
    var tellsItsReasonLast: Bool {
        switch self {
        case .metric, .commandStatus, .unreachable, .noData, .highTraffic: true
        case .machineChanged, .clockSkew, .logSilent, .logLoss, .deliveryFailed, .diskBudget, .journalGrowing,
            .deliveryConflict, .batchAltered, .journalDamaged:
            false
        }
    }
}

/// What mails say of deliveries, the disk budget and batches. The first line of a reason is what is the matter, those behind
/// it what that means and what to do.
extension Alert {
    var firstReason: String { ForeignText.lines(reason, limit: 1).first.map { ForeignText.line($0) } ?? "" }

    /// For a subject: its first sentence, without the name that stands before it already. The mend is in the mail.
    var shortReason: String {
        var text = ForeignText.sentences(firstReason).first
        if text.hasPrefix("\(instance): ") { text.removeFirst(instance.count + 2) }
        return ForeignText.line(text, limit: 80)
    }

    /// `12 files`
    func filesText(_ count: Double) -> String {
        count == 1 ? "1 file" : "\(NumberText.exact(count)) files"
    }

    /// `12 files wait`
    var waitingText: String {
        let count = value ?? 0
        return count == 1 ? "1 file waits" : "\(filesText(count)) wait"
    }

    /// Why it fails, and what happens next.
    var deliveryLead: [String] {
        var next = "Nothing is deleted before it is delivered."
        if let delivery {
            let distance = ValueText.duration(milliseconds: delivery.retryMilliseconds)
            next += " What failed is tried again every \(distance)."
        }
        return ForeignText.lines(reason) + [next]
    }

    var deliveryEnd: [String] {
        guard resolution == nil, let value else { return [] }
        if value == 0 { return ["All of its files are delivered."] }
        return ["No file has failed any more; \(waitingText) for \(value == 1 ? "its" : "their") turn."]
    }
}
