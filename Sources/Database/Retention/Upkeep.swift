package import Wire

/// What a run of the upkeep did.
package struct UpkeepOutcome: Equatable, Sendable {
    /// That were rolled up and had something to sum up.
    package var hours = 0
    package var days = 0
    /// The partitions, `p20261120`.
    package var droppedDays: [String] = []
    /// By table.
    package var removedRows: [String: UInt64] = [:]
    /// Somebody's query or transaction holds `samples`, so that a day was not dropped: to be tried again soon.
    package var isHeldUp = false
    /// What is left as it is, and what may be done about it: whole sentences without the last full stop.
    package var objections: [String] = []
    /// False where it was cancelled.
    package var isComplete = false
}

/// The upkeep of a database: rolls samples up, then takes away what is past its time.
///
/// Everything that it needs to know stands in the database, so it can be broken off anywhere, run by several programs,
/// and left out for weeks.
package struct Upkeep {
    /// So long after the end of an hour it is rolled up, so that what was on its way is in it.
    package static let grace = Duration.seconds(300)

    private let connection: MySQLConnection
    private let retention: RetentionSettings
    private let seriesAtOnce: Int
    private let isCancelled: () -> Bool

    /// - Parameters:
    ///   - connection: in use until the run ends; with a complete schema.
    ///   - seriesAtOnce: how many one statement sums up.
    ///   - isCancelled: asked every second or more often; true ends the run.
    package init(
        _ connection: MySQLConnection,
        _ retention: RetentionSettings,
        seriesAtOnce: Int = RollUps.seriesAtOnce,
        unless isCancelled: @escaping () -> Bool = { false }
    ) {
        self.connection = connection
        self.retention = retention
        self.seriesAtOnce = seriesAtOnce
        self.isCancelled = isCancelled
    }

    /// Blocks; for a tenth of a second in an hour with 400,000 samples, longer where there is much to catch up on.
    ///
    /// - Returns: nil where another program is at it.
    @available(*, noasync)
    package func run(now: Timestamp) throws(DatabaseError) -> UpkeepOutcome? {
        try NamedLock.holdIfFree("upkeep", connection) { () throws(DatabaseError) -> UpkeepOutcome in
            var outcome = UpkeepOutcome()
            let finals = FinalRollUps(connection: connection)
            guard try EarlierSamples(connection, unless: isCancelled).enter(finals) else { return outcome }

            let end = Timestamp(milliseconds: now.milliseconds - Self.grace.components.seconds * 1_000)
            let rollUps = RollUps(connection, seriesAtOnce: seriesAtOnce, unless: isCancelled)
            let hours = try rollUps.make(.hourly, endedBy: end, finals)
            outcome.hours = hours.count
            guard hours.isComplete else { return outcome }
            let days = try rollUps.make(.daily, endedBy: end, finals)
            outcome.days = days.count
            guard days.isComplete else { return outcome }

            // Only behind complete roll-ups: what goes now is in them.
            let retention = Retention(connection, retention, unless: isCancelled)
            try retention.removeRows(now: now, finals, &outcome)
            try retention.dropDays(now: now, finals, &outcome)
            outcome.isComplete = !isCancelled()
            return outcome
        }
    }
}
