import Glibc
package import Wire

/// Whether the log can be read, and what is told when that changes.
package struct LogCondition: Equatable, Sendable {
    /// nil before the first read.
    package private(set) var last: LogReport.Condition?

    package init() {}

    package var isFollowing: Bool { last == .following }

    /// In a word or two, for the screen's title.
    package var text: String {
        switch last {
        case nil, .following: "following"
        case .missing: "missing"
        case .denied: "permission denied"
        case .notAFile: "not a file"
        case .failed: "cannot be read"
        }
    }

    /// - Returns: what people should be told; nil when nothing has changed, and for a log that could be read at once.
    mutating func change(to report: LogReport, path: String) -> String? {
        guard report.condition != last else { return nil }
        defer { last = report.condition }
        switch report.condition {
        case .following: return last == nil ? nil : "\(path) can be read now; following it"
        case .missing:
            let mend = "waiting for it to appear; if the path is wrong, name another: `metricsd watch FILE`"
            return "\(path) does not exist; \(mend)"
        case .denied: return "\(path): permission denied; \(LogFileError.mend(EACCES)); trying again"
        case .notAFile: return "\(path) is no file; \(LogFileError.mend(EISDIR)); trying again"
        case .failed:
            let text = String(cString: strerror(report.errorNumber))
            return "\(path): \(text); \(LogFileError.mend(report.errorNumber)); trying again"
        }
    }
}

extension LogLoss {
    var text: String {
        let amount = bytes.map { NumberText.count($0, "byte") } ?? "what may have been written since it was last read"
        let when = bytes == nil ? "meanwhile" : "before they were read"
        let reason =
            switch cause {
            case .truncated: "it was truncated \(when)"
            case .removed: "it was removed or replaced \(when)"
            case .unreadableCopy: "its rotated copy is damaged, or compressed in a way that is not read"
            case .readFailed: "reading it failed"
            case .tooLong: "its lines are too long"
            }
        return "\(amount) of \(file) lost: \(reason); rotate less often, or keep a rotated file longer"
    }
}
