#if !hasFeature(Embedded)
    package import Wire
#endif

/// Follows one log file through growth and rotation, exactly once.
///
/// A request is `begin`, any number of `nextChunk`, and `report`. Files are kept open between requests, which keeps
/// deleted ones readable, but everything that must not be forgotten is in the cursors.
package final class LogFollower {
    package let plan: LogPlan

    /// - Parameter uptimeMilliseconds: a clock that only runs, to tell how long a file has not grown.
    package init(_ plan: LogPlan, uptimeMilliseconds: (() -> UInt64)? = nil) {
        self.plan = plan
    }

    /// Takes the log up from where the cursors say. Opens nothing yet.
    package func begin(_ read: LogRead) {}

    /// The next piece of the log; nil when there is nothing more now. Does not block.
    ///
    /// Takes some milliseconds at most. A piece may be without bytes, where only the cursors have moved, or where there
    /// is more to do (unpacking a rotated file up to the offset) than should be done at once.
    ///
    /// - Parameter maximumBytes: most bytes of lines; a smaller one than the plan's line limit is raised to that.
    package func nextChunk(maximumBytes: Int) -> LogChunk? { nil }

    /// Ends the request, and frees what only reading needs.
    package func report() -> LogReport {
        LogReport(log: 0, condition: .missing, isAtEnd: true, cursors: [])
    }
}
