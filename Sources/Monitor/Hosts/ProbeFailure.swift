/// A host that let us in, and then the probe could not be placed, started or understood.
struct ProbeFailure: Error, CustomStringConvertible, Sendable {
    enum Step: String, Sendable {
        case place = "placing the probe"
        case start = "starting the probe"
        case decrypt = "reading the probe's answer"
        case poll = "poll"
    }

    var host: String
    var step: Step
    /// What happened, with what the remote side printed.
    var cause: String
    var mend: String

    var description: String { "\(host): \(step.rawValue): \(cause). \(mend)." }

    /// The end of what a remote program printed, fit for one line of ours.
    static func excerpt(_ bytes: [UInt8]) -> String {
        let text = LogfmtHandler.oneLine(String(decoding: bytes.suffix(300), as: UTF8.self))
        return text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}
