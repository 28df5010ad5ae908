import LogFollowing
package import Wire

/// A log that is followed for a `LogWatch`, by the same code as on remote hosts.
package final class FollowedLog {
    private static let chunkBytes = 256 << 10
    /// For one read, so that keys and drawing wait no longer while there is much to catch up with.
    private static let patience = Duration.milliseconds(200)

    private let follower: LogFollower
    private let start: LogStart
    private var cursors: [LogCursor] = []

    /// - Parameter path: absolute.
    package init(_ path: String, start: LogStart) {
        follower = LogFollower(LogPlan(path: path))
        self.start = start
    }

    /// Reads what is new; takes about 200 ms at most.
    ///
    /// - Returns: what is to be told, and whether there is more to be read at once.
    package func read(
        into watch: inout LogWatch,
        now: () -> Timestamp
    ) -> (events: [LogWatch.Event], isBehind: Bool) {
        let end = ContinuousClock.now + Self.patience
        follower.begin(LogRead(log: 0, start: start, cursors: cursors))
        var isMoving = false
        while let chunk = follower.nextChunk(maximumBytes: Self.chunkBytes) {
            isMoving = true
            watch.read(chunk, at: now())
            if ContinuousClock.now >= end { break }
        }
        let report = follower.report()
        cursors = report.cursors
        return (watch.endRead(report, at: now()), isMoving && !report.isAtEnd)
    }
}
