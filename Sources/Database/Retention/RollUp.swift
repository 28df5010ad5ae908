import Wire

/// The two tables of roll-ups, and what each is made of.
enum RollUp: String, CaseIterable {
    case hourly, daily

    var milliseconds: Int64 { self == .hourly ? 3_600_000 : 86_400_000 }

    var table: StaticString { self == .hourly ? "samples_hourly" : "samples_daily" }

    var timeColumn: StaticString { self == .hourly ? "hour_start" : "day_start" }

    /// The start of the hour or day in UTC that a time is in.
    func start(of time: Timestamp) -> Timestamp {
        let (count, rest) = time.storable.milliseconds.quotientAndRemainder(dividingBy: milliseconds)
        return Timestamp(milliseconds: (rest < 0 ? count - 1 : count) * milliseconds)
    }

    /// A `SELECT` of series, minimum, average, maximum and count up to the list of series.
    ///
    /// A sum may overflow where the values do not, and rounding may lead out of their range; an average does not.
    var selection: StaticString {
        switch self {
        case .hourly:
            """
            SELECT series_id, MIN(value), LEAST(GREATEST(AVG(value), MIN(value)), MAX(value)), MAX(value), COUNT(*) \
            FROM samples FORCE INDEX (PRIMARY) WHERE series_id IN (
            """
        case .daily:
            """
            SELECT series_id, MIN(`min`), LEAST(GREATEST(SUM(LEAST(GREATEST(`avg`, -1e290), 1e290) * `count`) \
            / SUM(`count`), MIN(`min`)), MAX(`max`)), MAX(`max`), SUM(`count`) \
            FROM samples_hourly FORCE INDEX (PRIMARY) WHERE series_id IN (
            """
        }
    }

    var sourceColumn: StaticString { self == .hourly ? "collected_at" : "hour_start" }

    var head: StaticString {
        switch self {
        case .hourly: "INSERT INTO samples_hourly (series_id, hour_start, `min`, `avg`, `max`, `count`) VALUES "
        case .daily: "INSERT INTO samples_daily (series_id, day_start, `min`, `avg`, `max`, `count`) VALUES "
        }
    }

    /// What becomes of a row that is there. Of samples none goes but with its day, so fewer than were counted before
    /// means that somebody removed some: then the row that knew them all stays.
    static let replacing = """
         ON DUPLICATE KEY UPDATE `min` = IF(VALUES(`count`) >= `count`, VALUES(`min`), `min`), \
        `avg` = IF(VALUES(`count`) >= `count`, VALUES(`avg`), `avg`), \
        `max` = IF(VALUES(`count`) >= `count`, VALUES(`max`), `max`), `count` = GREATEST(`count`, VALUES(`count`))
        """

    /// Where what it was made of is gone: what came since is not the whole.
    static let keeping = " ON DUPLICATE KEY UPDATE series_id = VALUES(series_id)"
}
