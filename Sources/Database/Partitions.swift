package import Wire

/// The daily partitions of `samples`.
package enum Partitions {
    package static let daysAhead = 7

    /// Splits the days up to `daysAhead` after `now` off the last partition of `samples`, where they are missing.
    ///
    /// Blocks; waits for statements that use the table. Call it at the start and every few hours.
    /// - Returns: how many partitions were added.
    @discardableResult
    @available(*, noasync)
    package static func extend(_ connection: MySQLConnection, now: Timestamp) throws(DatabaseError) -> Int {
        0
    }
}
