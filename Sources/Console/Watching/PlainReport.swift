package import AccessLogs
package import Wire

/// What `watch` prints where it cannot draw: a block for each interval.
package enum PlainReport {
    package static func block(_ interval: LogWatch.Interval, level: TrafficLevel?, threshold: Double) -> [String] {
        let totals = interval.totals
        let seconds = Int64(interval.seconds.rounded())
        var heading = "\(interval.end.clockText)  \(NumberText.count(totals.hits, "hit")) in \(max(seconds, 1)) s"
        heading += " (\(NumberText.rate(Double(totals.hits) / interval.seconds))/s)"
        if let level {
            heading +=
                ", \(level.averageText(distinctFrom: threshold))/s over \(NumberText.age(seconds: Int64(level.windowSeconds)))"
        }
        return [heading] + totals.lines(seconds: interval.seconds)
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
