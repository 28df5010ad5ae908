/// How long rows are kept.
package struct RetentionSettings: Hashable, Sendable {
    /// `samples`, `command_outputs` and `traffic_sections`.
    package var keep: Duration
    /// `samples_hourly` and `traffic`; not shorter than `keep`.
    package var keepHourly: Duration
    /// `samples_daily`, alerts that are over, receipts of files that were removed; not shorter than `keepHourly`.
    package var keepDaily: Duration

    /// - Parameters: without a value the default (30 days, 400 days, 10 years), and not shorter than the one before.
    package init(keep: Duration? = nil, keepHourly: Duration? = nil, keepDaily: Duration? = nil) {
        self.keep = keep ?? .seconds(30 * 86_400)
        self.keepHourly = max(keepHourly ?? .seconds(400 * 86_400), self.keep)
        self.keepDaily = max(keepDaily ?? .seconds(3_650 * 86_400), self.keepHourly)
    }
}
