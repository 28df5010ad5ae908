import Wire

extension CommonLogLine {
    /// The fields as far as they were read, named as in Apache's `mod_log_config`.
    func explanation(
        of line: LineBytes,
        _ text: [UInt8],
        _ reason: UnreadReason?,
        format: AccessLogFormat
    ) -> LineExplanation {
        let kind = format == .combined || (format != .common && tail == .referrerAndAgent) ? "combined" : "common"
        var explanation = LineExplanation(kind: kind, line: text)
        explanation.failure = reason.map { .init($0, at: position, in: line, fields: nil, format: format) }
        var fields: [LineExplanation.Field] = []
        func add(_ name: String, _ range: Range<Int>, _ meaning: String? = nil) {
            if range != 0..<0 { fields.append(.init(name: name, text: line.text(range), meaning: meaning)) }
        }
        if !prefix.clientField.isEmpty, prefix.position == 0 {
            if !prefix.leading.isEmpty { add("%v virtual host, or proxy", prefix.leading) }
            add("%h remote host", prefix.clientField, meaningOfClient(line))
            add("%l remote logname", prefix.ident)
            add("%u remote user", prefix.user)
        }
        if reason != .badTime {
            add("%t time", date, date.isEmpty ? nil : "\(Timestamp(milliseconds: time).rfc3339) (UTC)")
        }
        if request != 0..<0 {
            add("%r request line", request)
            explainRequest(line, &fields)
        }
        if reason != .badStatus { add("%>s status", status, line.isHyphen(status) ? "none" : nil) }
        if reason != .badBytes { add("%b bytes sent", bytes, line.isHyphen(bytes) ? "0" : nil) }
        add("%{Referer}i", referrer, line.isHyphen(referrer) ? "none" : nil)
        add("%{User-agent}i", userAgent, line.isHyphen(userAgent) ? "none" : nil)
        if reason == nil, !further.isEmpty {
            add("further fields", further, "not read: nothing tells what they are")
        }
        explanation.fields = fields
        return explanation
    }

    private func meaningOfClient(_ line: LineBytes) -> String? {
        if prefix.client.isEmpty { return "no client" }
        if prefix.client == prefix.clientField { return nil }
        return "\(line.text(prefix.client)), the first of the list"
    }

    private func explainRequest(_ line: LineBytes, _ fields: inout [LineExplanation.Field]) {
        let parts = RequestLine(request, in: line)
        guard !parts.method.isEmpty else {
            fields[fields.count - 1].meaning = "malformed, counted without a section"
            return
        }
        fields.append(.init(name: "   method", text: line.text(parts.method)))
        fields.append(.init(name: "   target", text: line.text(parts.target)))
        fields.append(
            .init(
                name: "   section",
                text: line.text(parts.section),
                meaning: parts.section.isEmpty ? "none: the target has no path" : nil
            )
        )
        fields.append(
            .init(
                name: "   protocol",
                text: line.text(parts.protocolVersion),
                meaning: parts.protocolVersion.isEmpty ? "none, so it is HTTP/0.9" : nil
            )
        )
    }
}
