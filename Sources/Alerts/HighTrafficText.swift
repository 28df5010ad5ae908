import Wire

/// The two sentences that are promised word for word.
enum HighTrafficText {
    /// `High traffic generated an alert - hits = 1320 (11.0/s), triggered at 2026-11-20T18:02:00Z`
    static func raised(hits: UInt64, hitsPerSecond: Double, threshold: Double?, at moment: Timestamp) -> String {
        "High traffic generated an alert - hits = \(hits) (\(rate(hitsPerSecond, threshold))/s), "
            + "triggered at \(moment.rfc3339Seconds)"
    }

    /// `High traffic recovered - hits = 1190 (9.9/s), recovered at 2026-11-20T18:04:00Z`
    static func recovered(hits: UInt64, hitsPerSecond: Double, threshold: Double?, at moment: Timestamp) -> String {
        "High traffic recovered - hits = \(hits) (\(rate(hitsPerSecond, threshold))/s), "
            + "recovered at \(moment.rfc3339Seconds)"
    }

    /// One decimal; more where that would look equal to the threshold.
    static func rate(_ value: Double, _ threshold: Double?) -> String {
        var decimals = 1
        guard let threshold, threshold != value else { return NumberText.fixed(value, decimals: decimals) }
        while decimals < 4,
            NumberText.fixed(value, decimals: decimals) == NumberText.fixed(threshold, decimals: decimals)
        {
            decimals += 1
        }
        return NumberText.fixed(value, decimals: decimals)
    }
}

extension Alert {
    /// The sentence of a `high_traffic` alert as it stands; nil for others, and for one that was closed for another
    /// reason than its level.
    var highTrafficSentence: String? {
        guard kind == .highTraffic, resolution == nil, let log else { return nil }
        if let resolvedAt, let hits = log.hits, let value {
            return HighTrafficText.recovered(hits: hits, hitsPerSecond: value, threshold: threshold, at: resolvedAt)
        }
        guard let hits = log.openingHits, let openingValue else { return nil }
        return HighTrafficText.raised(hits: hits, hitsPerSecond: openingValue, threshold: threshold, at: openedAt)
    }
}
