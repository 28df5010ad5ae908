#if !hasFeature(Embedded)
    package import Wire
#endif

/// Follows one log file through growth and rotation, exactly once.
package final class LogFollower {
    package let plan: LogPlan

    package init(_ plan: LogPlan) {
        self.plan = plan
    }
}
