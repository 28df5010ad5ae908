/// The lines of one climb.
struct CheckSteps {
    private static let nameWidth = 10
    private static let timeWidth = 12

    private var text: String
    private var succeeded = true

    init(title: String) { text = "\(title)\n" }

    mutating func add(_ step: String, took: Duration, detail: String) {
        let name = step + String(repeating: " ", count: max(Self.nameWidth - step.count, 0))
        let tenths = Int64((took.seconds * 10_000).rounded())
        let time = "\(tenths / 10).\(tenths % 10) ms"
        let padding = String(repeating: " ", count: max(Self.timeWidth - time.count, 0))
        text += "  ok    \(name)\(padding)\(time)"
        text += detail.isEmpty ? "\n" : "  \(LogfmtHandler.oneLine(detail))\n"
    }

    /// What the way goes on behind.
    mutating func fail(_ what: String) {
        text += "  FAIL  \(LogfmtHandler.oneLine(what))\n"
        succeeded = false
    }

    var result: ConnectionCheck.Result { ConnectionCheck.Result(text: text, succeeded: succeeded) }

    func failed(_ error: any Error) -> ConnectionCheck.Result {
        var steps = self
        steps.fail("\(error)")
        return steps.result
    }
}
