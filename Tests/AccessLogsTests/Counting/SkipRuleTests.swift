import AccessLogs
import Testing

@Suite struct SkipRuleTests {
    private func skips(_ rule: SkipRule, _ target: String, agent: String = "curl/8.1") -> Bool {
        let line = Array((target + agent).utf8)
        let entry = AccessLogEntry(
            time: 0,
            status: 200,
            bytes: 0,
            client: 0..<0,
            method: 0..<0,
            target: 0..<target.utf8.count,
            section: 0..<0,
            userAgent: target.utf8.count..<line.count
        )
        return line.withUnsafeBytes { rule.skips(entry, in: $0) }
    }

    @Test("The path is matched without the query")
    func path() {
        let rule = SkipRule(path: "/health*")
        #expect(skips(rule, "/health"))
        #expect(skips(rule, "/healthz/live?verbose=1"))
        #expect(!skips(rule, "/api?next=/health"))
        #expect(!skips(rule, "/api/health"))
        #expect(skips(SkipRule(path: "/status"), "/status?x"))
        #expect(!skips(SkipRule(path: "/status"), "/status/x"))
        #expect(skips(SkipRule(path: "*.png"), "/a/b/c.png?v=2"))
    }

    @Test("All that a rule names must fit")
    func both() {
        let rule = SkipRule(path: "/ping", agent: "*Pingdom*")
        #expect(skips(rule, "/ping", agent: "Mozilla/5.0 (Pingdom.com_bot)"))
        #expect(!skips(rule, "/ping", agent: "curl"))
        #expect(!skips(rule, "/pong", agent: "Pingdom"))
        #expect(skips(SkipRule(agent: "kube-probe/?.??"), "/", agent: "kube-probe/1.29"))
    }

    @Test("A rule that names nothing skips nothing, and a malformed request has no path")
    func nothing() {
        #expect(!skips(SkipRule(), "/"))
        #expect(!skips(SkipRule(path: "*"), ""))
    }

    @Test("Patterns are those of alerts: `?` is one character, a backslash takes the next as it is")
    func patterns() {
        #expect(skips(SkipRule(path: "/caf?"), "/café"))
        #expect(!skips(SkipRule(path: "/caf?"), "/caféé"))
        #expect(skips(SkipRule(path: "/a\\*b"), "/a*b"))
        #expect(!skips(SkipRule(path: "/a\\*b"), "/axb"))
        #expect(!skips(SkipRule(path: "/Health"), "/health"))
        #expect(skips(SkipRule(path: "*a*a*a*a*a*"), String(repeating: "a", count: 5_000)))
        #expect(!skips(SkipRule(path: "*a*a*a*a*a*b"), String(repeating: "a", count: 5_000)))
    }
}
