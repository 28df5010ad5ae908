import Database

/// `keep`, `keep-hourly` and `keep-daily` of `<database>`.
extension SettingsReader {
    static let retentionNames: Set = ["keep", "keep-hourly", "keep-daily"]

    /// A roll-up is made of what is rolled up, so it must not go before that.
    func retention(_ element: Element) -> RetentionSettings {
        let scope = Scope(elements: [element])
        let defaults = RetentionSettings()
        let keep = scope.duration("keep") ?? defaults.keep
        let givenHourly = scope.duration("keep-hourly")
        let hourly = longer(givenHourly, "keep-hourly", than: keep, "keep", element)
        let kept = givenHourly ?? RetentionSettings(keep: keep).keepHourly
        let daily = longer(scope.duration("keep-daily"), "keep-daily", than: kept, "keep-hourly", element)
        return RetentionSettings(keep: keep, keepHourly: hourly, keepDaily: daily)
    }

    /// What was given, if it is not shorter than the other; nil for the default.
    private func longer(
        _ given: Duration?,
        _ name: String,
        than shortest: Duration,
        _ other: String,
        _ element: Element
    ) -> Duration? {
        guard let given, given < shortest, let attribute = element.attribute(name) else { return given }
        findings.error(
            at: attribute.valueLocation,
            "'\(name)' is \(DurationText.format(given)), shorter than '\(other)' with "
                + DurationText.format(shortest),
            allowed: "at least \(DurationText.format(shortest))"
        )
        return nil
    }
}
