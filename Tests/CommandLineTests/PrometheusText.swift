/// A strict reader of the text exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
struct PrometheusText {
    struct Sample: Equatable {
        let metric: String
        let labels: [String: String]
        let value: Double
    }

    private(set) var samples: [Sample] = []
    private(set) var help: [String: String] = [:]
    /// Lines that the format does not allow, with the reason.
    private(set) var objections: [String] = []

    init(_ text: String) {
        if !text.hasSuffix("\n") { objections.append("the last line has no end") }
        var types: [String: String] = [:]
        var finished: Set<String> = []
        var current = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if let match = line.wholeMatch(of: #/# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)+)/#) {
                if help.updateValue(String(match.2), forKey: String(match.1)) != nil {
                    objections.append("second HELP: \(line)")
                }
            } else if let match = line.wholeMatch(of: #/# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter|untyped)/#) {
                let name = String(match.1)
                if types.updateValue(String(match.2), forKey: name) != nil { objections.append("second TYPE: \(line)") }
                if samples.contains(where: { $0.metric == name }) { objections.append("TYPE too late: \(line)") }
            } else if let match = line.wholeMatch(
                of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([-+]?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|Inf)|NaN)/#
            ) {
                let name = String(match.1)
                if name != current {
                    finished.insert(current)
                    if finished.contains(name) { objections.append("apart from its group: \(line)") }
                    current = name
                }
                guard let labels = Self.labels(match.2 ?? ""), let value = Double(match.3) else {
                    objections.append("labels: \(line)")
                    continue
                }
                if types[name] == nil { objections.append("no TYPE: \(line)") }
                if samples.contains(where: { $0.metric == name && $0.labels == labels }) {
                    objections.append("twice: \(line)")
                }
                samples.append(Sample(metric: name, labels: labels, value: value))
            } else {
                objections.append("\(line)")
            }
        }
    }

    private static func labels(_ text: Substring) -> [String: String]? {
        var labels: [String: String] = [:]
        var rest = text
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)"(?:,|$)/#),
                labels.updateValue(String(match.2), forKey: String(match.1)) == nil
            else { return nil }
            rest = rest[match.range.upperBound...]
        }
        return labels
    }
}
