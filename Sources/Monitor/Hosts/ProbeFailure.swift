import Wire

/// A host that let us in, and then the probe could not be placed, started or understood.
struct ProbeFailure: Error, CustomStringConvertible, Sendable {
    enum Step: String, Sendable {
        case place = "placing the probe"
        case start = "starting the probe"
        case decrypt = "reading the probe's answer"
        case poll = "poll"
        case logs = "reading logs"
    }

    var host: String
    var step: Step
    /// What happened, with what the remote side printed. Without the full stop, as the mend.
    var cause: String
    var mend: String

    var description: String {
        // What a remote side prints often is a sentence already.
        let end = cause.hasSuffix(".") ? "" : "."
        return "\(host): \(step.rawValue): \(cause)\(end) \(mend)."
    }

    /// The end of what a remote program printed, fit for one line of ours.
    static func excerpt(_ bytes: [UInt8]) -> String {
        let text = LogfmtHandler.oneLine(String(decoding: bytes.suffix(300), as: UTF8.self))
        return text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}

extension ProbeFailure {
    /// An answer that was refused.
    init(host: String, _ error: WireError) {
        let cause: String
        let mend: String
        switch error {
        case .alteredFrame, .replayedFrame, .missingFrame, .reflectedFrame:
            cause = error.fact
            mend = "metricsd connects anew with a new key; if it repeats, look who can write to the connection"
        case .frameTooLarge:
            cause = "something else than an answer came"
            mend = "metricsd connects anew; if it repeats, look what else writes to the connection"
        default:
            cause = error.fact
            mend = "metricsd connects anew; if it repeats, look what else writes to the connection"
        }
        self.init(host: host, step: .decrypt, cause: cause, mend: mend)
    }
}
