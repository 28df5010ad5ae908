import Alerts

extension DiskBudget {
    /// What is the matter; the mail says what that means, and the mend.
    static func reason(
        _ level: Level,
        used: UInt64,
        budget: UInt64?,
        space: FileSystemSpace?,
        leastFree: UInt64
    ) -> String {
        func size(_ bytes: UInt64) -> String { ValueText.short(Double(bytes), unit: "bytes") }
        return switch level {
        case .roomy: "there is room for more lines"
        case .nearlyFull, .full:
            "the files of all logs take \(size(used)) of the \(size(budget ?? 0)) that max-disk allows"
        case .shortOfSpace:
            "only \(size(space?.free ?? 0)) are free on the file system of the state directory, and "
                + "\(size(max(leastFree, (space?.total ?? 0) / 50))) of it are left to the journal"
        }
    }
}
