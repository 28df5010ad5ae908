import Wire

extension Snapshot {
    /// Far more series than a host has; each becomes a row of `series`.
    static let samplesLimit = 20_000

    /// Whether it can be the answer to a plan: what comes from a host is foreign, however well it decodes.
    func fits(_ plan: CollectionPlan) -> Bool {
        samples.count <= Self.samplesLimit
            && samples.allSatisfy { Int($0.metric) < plan.metrics.count }
            && commandResults.allSatisfy { Int($0.command) < plan.commands.count }
    }
}

extension Timestamp {
    /// Milliseconds from `other` to here; a clock at the end of time has the largest difference there is.
    func skew(to other: Timestamp) -> Int64 {
        let (difference, isTooLarge) = milliseconds.subtractingReportingOverflow(other.milliseconds)
        guard isTooLarge else { return difference }
        return milliseconds < other.milliseconds ? .min : .max
    }
}
