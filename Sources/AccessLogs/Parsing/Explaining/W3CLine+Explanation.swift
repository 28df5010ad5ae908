import Wire

extension W3CLine {
    /// The columns under their names of `#Fields`, as far as there are both.
    func explanation(
        of line: LineBytes,
        _ text: [UInt8],
        _ reason: UnreadReason?,
        _ fields: W3CFields,
        format: AccessLogFormat
    ) -> LineExplanation {
        var explanation = LineExplanation(kind: "W3C Extended", line: text)
        explanation.failure = reason.map { .init($0, at: position, in: line, fields: fields, format: format) }
        var columns = W3CColumns(line)
        for (name, role) in zip(W3CFields.names(in: fields.text), fields.roles) {
            guard case .value(let value) = columns.next() else { break }
            let meaning = meaning(of: role, value, name: name, isRead: reason == nil, in: line)
            explanation.fields.append(.init(name: name, text: line.text(value), meaning: meaning))
        }
        return explanation
    }

    private func meaning(
        of role: W3CFields.Role,
        _ value: Range<Int>,
        name: String,
        isRead: Bool,
        in line: LineBytes
    ) -> String? {
        switch role {
        case .time where isRead:
            let text = "\(Timestamp(milliseconds: moment).rfc3339) (UTC)"
            return name.lowercased().hasSuffix("-local") ? "\(text): local time of an unknown zone, taken as UTC" : text
        case .target where isRead:
            return section.isEmpty ? "no section: not a path" : "section \(line.text(section))"
        case .duration where isRead:
            guard let durationMicroseconds else { return line.isHyphen(value) ? "none" : "not a number, left out" }
            return "\(durationMicroseconds) µs"
        case .bytes where line.isHyphen(value) || value.isEmpty: return "0"
        case .status, .client, .method, .userAgent: return line.isHyphen(value) || value.isEmpty ? "none" : nil
        default: return nil
        }
    }
}
