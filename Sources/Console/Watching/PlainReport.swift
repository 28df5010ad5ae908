package import AccessLogs
package import Wire

/// What `watch` prints where it cannot draw: a block for each interval.
package enum PlainReport {
    /// - Parameter interval: the last of a watch that has reported.
    package static func block(_ interval: ShownTotals, of watch: LogWatch, at now: Timestamp) -> [String] {
        let seconds = NumberText.age(seconds: max(Int64(interval.seconds.rounded()), 1))
        var heading = "\(now.clockText)  \(NumberText.count(interval.totals.hits, "hit")) in \(seconds)"
        heading += " (\(NumberText.rate(interval.rate))/s)"
        if let level = watch.level {
            let window = NumberText.age(seconds: Int64(level.windowSeconds))
            heading += ", \(level.averageText(distinctFrom: watch.settings.threshold))/s over \(window)"
        }
        return [heading] + interval.totals.lines(seconds: interval.seconds)
    }

    /// Totals of all that was read.
    package static func summary(_ totals: TrafficTotals, of path: String, format: String?) -> [String] {
        let format = format.map { ", format \($0)" } ?? ""
        let heading =
            "\(path): \(NumberText.count(totals.lines, "line")), \(NumberText.count(totals.hits, "hit"))\(format)"
        return [heading] + totals.lines(sections: 20, requests: 5)
    }
}

extension Timestamp {
    /// `14:03:20Z`, in UTC as the sentences of the alerts.
    package var clockText: String { "\(rfc3339.dropFirst(11).prefix(8))Z" }
}
