import Wire

extension Alert {
    /// `web-1 disk_used_percent /var`
    var nameText: String {
        let name = "\(ForeignText.line(host, limit: 100)) \(ForeignText.line(type, limit: 100))"
        return instance.isEmpty ? name : "\(name) \(ForeignText.line(instance, limit: 80))"
    }

    var valueText: String {
        value.map { ValueText.short($0, unit: unit, distinctFrom: threshold) } ?? ""
    }

    /// `above 90`
    var conditionText: String {
        guard let comparison, let threshold else { return "" }
        return "\(comparison.rawValue) \(ValueText.threshold(threshold, unit: unit))"
    }

    /// How a command ended, in the words of the Monitoring Plugins guidelines.
    var statusText: String {
        switch value {
        case nil: "failed"
        case 1: "warning (exit status 1)"
        case 2: "critical (exit status 2)"
        case .some(let status): "unknown (exit status \(NumberText.exact(status)))"
        }
    }

    /// `1.2 MiB lost`; `lines lost` where nobody can tell how much.
    var lossText: String {
        log?.isCounted == true ? "lines not stored" : "\(lostAmount) lost"
    }

    var lossSentence: String {
        let place = ForeignText.line(instance, limit: 80)
        return log?.isCounted == true
            ? "lines of the log \(place) are too long: they were counted, but not stored."
            : "\(lostAmount) of the log \(place) are lost and were not counted."
    }

    private var lostAmount: String { value.map { ValueText.short($0, unit: unit) } ?? "lines" }

    /// Since the condition began, until the end or until the newest notification.
    var lastedMilliseconds: Int64 {
        since.elapsed(to: resolvedAt ?? lastNotifiedAt)
    }
}
