import Wire

extension Alert.Kind {
    /// Told once and never resolved.
    var isOverWhenTold: Bool {
        switch self {
        case .logLoss, .deliveryConflict, .batchAltered: true
        case .metric, .commandStatus, .unreachable, .noData, .highTraffic, .logSilent, .deliveryFailed, .diskBudget:
            false
        }
    }

    /// Whether its reason stands behind the facts, where it is not in the lead.
    var tellsItsReasonLast: Bool {
        switch self {
        case .metric, .commandStatus, .unreachable, .noData, .highTraffic: true
        case .logSilent, .logLoss, .deliveryFailed, .diskBudget, .deliveryConflict, .batchAltered: false
        }
    }
}

/// What mails say of deliveries, the disk budget and batches. The first line of a reason is what is the matter, those behind
/// it what that means and what to do.
extension Alert {
    var firstReason: String { ForeignText.lines(reason, limit: 1).first.map { ForeignText.line($0) } ?? "" }

    /// For a subject: without the name that stands before it already, and without the mend.
    var shortReason: String {
        var text = firstReason
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
        let again = delivery.map {
            "Each is tried again every \(ValueText.duration(milliseconds: $0.retryMilliseconds))."
        }
        return ForeignText.lines(reason) + ["Nothing is deleted until it is delivered. \(again ?? "")"]
    }

    var deliveryEnd: [String] {
        guard resolution == nil, let value else { return [] }
        return [
            value == 0
                ? "All of its files are delivered." : "No file has failed any more; \(waitingText) for their turn."
        ]
    }
}
