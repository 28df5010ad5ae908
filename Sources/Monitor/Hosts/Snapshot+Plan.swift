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

extension Snapshot {
    private static let failuresLimit = 50
    private static let reasonLimit = 1_000

    /// With texts of a length that fits a log line and a row; a host may send megabytes.
    var withBoundedTexts: Snapshot {
        guard !failures.isEmpty else { return self }
        var snapshot = self
        snapshot.failures = failures.prefix(Self.failuresLimit).map {
            CollectorFailure(
                collector: String($0.collector.prefix(100)),
                reason: String($0.reason.prefix(Self.reasonLimit))
            )
        }
        return snapshot
    }
}

extension HostIdentity {
    /// The same, as long as `hosts` has room for.
    var withBoundedTexts: HostIdentity {
        HostIdentity(
            machineID: String(machineID.prefix(64)),
            kernel: String(kernel.prefix(255)),
            architecture: String(architecture.prefix(64)),
            nodeName: String(nodeName.prefix(255)),
            clock: clock
        )
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
