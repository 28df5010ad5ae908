import Alerts

extension DiskBudget {
    /// One or two sentences with the mend.
    static func reason(
        _ level: Level,
        used: UInt64,
        budget: UInt64?,
        space: FileSystemSpace?,
        leastFree: UInt64
    ) -> String {
        func size(_ bytes: UInt64) -> String { ValueText.short(Double(bytes), unit: "bytes") }
        let take = "The files of all logs take \(size(used)) of the \(size(budget ?? 0)) that max-disk allows."
        let mend = "Deliver what waits, keep files shorter (keep), or raise max-disk."
        return switch level {
        case .roomy: "There is room for more lines."
        case .nearlyFull: "\(take) When it is reached, lines wait on their hosts. \(mend)"
        case .full: "\(take) No lines are pulled: they wait on their hosts. \(mend)"
        case .shortOfSpace:
            "Only \(size(space?.free ?? 0)) are free on the file system of the state directory, of which "
                + "\(size(max(leastFree, (space?.total ?? 0) / 50))) are left to the journal. No lines are pulled: they wait "
                + "on their hosts. Free some space there, or set max-disk."
        }
    }
}
