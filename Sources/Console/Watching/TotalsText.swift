package import AccessLogs

extension TrafficTotals {
    /// What came, in lines for people: sections, statuses, methods, bytes and clients, notable requests, unread lines.
    /// Empty parts are left out.
    ///
    /// - Parameter seconds: the time that it took to come, where bytes per second are wanted.
    package func lines(
        seconds: Double? = nil,
        sections sectionCount: Int = 8,
        requests requestCount: Int = 1
    ) -> [String] {
        var lines: [String] = []
        func add(_ label: String, _ facts: [String]) {
            let padding = String(repeating: " ", count: max(9 - label.utf8.count, 0))
            if !facts.isEmpty { lines.append("  \(label)\(padding)\(facts.joined(separator: "  "))") }
        }
        if hits > 0 {
            add("sections", sections.facts(first: sectionCount))
            add("status", statusFacts(NumberText.count) + ["errors \(errorPercent)"])
            add("methods", methods.facts(first: 6))
            let rate = seconds.map { $0 > 0 ? " (\(NumberText.bytes(Double(bytes) / $0))/s)" : "" } ?? ""
            add("traffic", ["\(NumberText.bytes(bytes))\(rate)", NumberText.count(clients.count, "client")])
            for request in largest.requests.prefix(requestCount) {
                add("largest", ["\(NumberText.bytes(request.value))", request.text])
            }
            for request in slowest.requests.prefix(requestCount) {
                add("slowest", ["\(NumberText.duration(microseconds: request.value))", request.text])
            }
        }
        if skipped > 0 { add("skipped", [NumberText.count(skipped, "line")]) }
        if unread.total > 0 {
            add("unread", unread.byReason.map { "\($0.reason.rawValue) \(NumberText.count($0.lines))" })
            if let sample = unread.samples.first { add("", ["first: \(sample.line)"]) }
        }
        return lines
    }

    /// `2xx 91`…, classes without a request left out.
    func statusFacts(_ number: (UInt64) -> String) -> [String] {
        let classes = statuses.classes
        let all = [
            ("1xx", classes.informational), ("2xx", classes.successful), ("3xx", classes.redirected),
            ("4xx", classes.clientErrors), ("5xx", classes.serverErrors), ("other", classes.other),
        ]
        return all.filter { $0.1 > 0 }.map { "\($0.0) \(number($0.1))" }
    }

    /// Share of requests with 4xx or 5xx.
    var errorPercent: String {
        NumberText.percent(statuses.classes.clientErrors + statuses.classes.serverErrors, of: hits)
    }
}

extension NamedCounts {
    /// `/api 26`… and what all others have together.
    func facts(first limit: Int) -> [String] {
        let all = top()
        let rest = all.dropFirst(limit).reduce(other) { $0 + $1.count }
        let facts = all.prefix(limit).map { "\($0.name.fitted(to: 40)) \(NumberText.count($0.count))" }
        return rest > 0 ? facts + ["others \(NumberText.count(rest))"] : facts
    }
}

extension NotableRequests.Request {
    /// `GET /api/user?id=1 200`
    var text: String {
        let request = [method, target].filter { !$0.isEmpty }.joined(separator: " ")
        return (request.isEmpty ? "a malformed request" : request) + (status == 0 ? "" : " \(status)")
    }
}
