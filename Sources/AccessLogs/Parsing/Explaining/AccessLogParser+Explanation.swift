import Wire

extension AccessLogParser {
    /// Reads the line as `read` does, and tells how. Slow.
    package mutating func explain(_ line: UnsafeRawBufferPointer) -> LineExplanation {
        let before = self
        let reading = read(line)
        guard let bytes = LineBytes(line) else { return LineExplanation(kind: "an empty line", line: Array(line)) }
        var explanation: LineExplanation
        switch reading {
        case .empty: return LineExplanation(kind: "an empty line", line: Array(line))
        case .plain(let time): return explainPlain(bytes, Array(line), time)
        case .directive: return explainDirective(bytes, Array(line))
        case .unread(.tooLong):
            explanation = LineExplanation(kind: format.rawValue, line: Array(line))
        case .unread(.noFields) where before.fields == nil:
            explanation = LineExplanation(kind: format.rawValue, line: Array(line))
        case .request, .unread:
            explanation = before.explainFields(of: bytes, Array(line))
        }
        guard case .unread(let reason) = reading else { return explanation }
        // A `#` line that is no directive is refused before its fields are looked at.
        if explanation.failure?.reason != reason {
            explanation.fields = []
            explanation.failure = .init(reason, at: bytes.start, in: bytes, fields: fields, format: format)
        }
        if let hint = before.otherFormat(for: line) { explanation.failure?.mend += " \(hint)" }
        return explanation
    }

    /// As `read` does it: the columns that `#Fields` names first, the other formats where those do not fit.
    private func explainFields(of line: LineBytes, _ text: [UInt8]) -> LineExplanation {
        var common = CommonLogLine()
        var commonTime = commonTime
        let expectation: CommonLogLine.Expectation =
            switch format {
            case .common: .common
            case .combined: .combined
            case .auto, .w3c, .plain: .either
            }
        let commonReason = common.read(line, expectation, &commonTime)
        guard let fields, format == .w3c || format == .auto else {
            return common.explanation(of: line, text, commonReason, format: format)
        }
        var columns = W3CLine()
        var clock = clock
        let reason = columns.read(line, fields, &clock)
        if reason != nil, commonReason == nil, format == .auto {
            return common.explanation(of: line, text, nil, format: format)
        }
        return columns.explanation(of: line, text, reason, fields, format: format)
    }

    private func explainPlain(_ line: LineBytes, _ bytes: [UInt8], _ time: Int64?) -> LineExplanation {
        var explanation = LineExplanation(kind: "plain text", line: bytes)
        let beginning = line.start..<min(line.end, line.start + 40)
        let meaning =
            time.map { "\(Timestamp(milliseconds: $0).rfc3339) (UTC)" }
            ?? "none that is known at the beginning of the line: it goes by its arrival"
        explanation.fields = [.init(name: "time", text: line.text(beginning), meaning: meaning)]
        return explanation
    }

    private func explainDirective(_ line: LineBytes, _ bytes: [UInt8]) -> LineExplanation {
        guard let directive = W3CDirective(line) else {
            return LineExplanation(kind: "a remark of a W3C Extended log", line: bytes)
        }
        var explanation = LineExplanation(kind: "a directive of a W3C Extended log", line: bytes)
        let text = line.text(directive.value)
        switch directive.name {
        case .fields:
            let count = fields?.roles.count ?? 0
            let meaning =
                fields?.areOfRequests == true
                ? "the \(count) columns of the lines that follow"
                : "\(count) columns, of which none is a time, or none tells of a request: the lines that follow cannot "
                    + "be read"
            explanation.fields = [.init(name: "#Fields", text: text, meaning: meaning)]
        case .date:
            let meaning =
                clock.newest.map { "\(Timestamp(milliseconds: $0).rfc3339), the day of lines that have only a time" }
                ?? "no date: lines that have only a time cannot be read"
            explanation.fields = [.init(name: "#Date", text: text, meaning: meaning)]
        case .other:
            let name = line.text(line.start..<directive.value.lowerBound)
            explanation.fields = [.init(name: name, text: text, meaning: "nothing that lines are read by")]
        }
        return explanation
    }

    /// What a line that this format refuses could be read as.
    private func otherFormat(for line: UnsafeRawBufferPointer) -> String? {
        guard format != .auto else { return nil }
        var other = AccessLogParser(.auto)
        switch other.read(line) {
        case .request: return "As \(other.decided ?? "another format") it could be read: the format auto would do so."
        case .directive: return "It is a directive of a W3C Extended log: the format w3c or auto would read those."
        case .empty, .unread, .plain: return nil
        }
    }
}
