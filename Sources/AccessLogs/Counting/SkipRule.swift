/// Lines that are left out of the traffic, such as health checks: `<skip path="/health*" agent="kube-probe*"/>`.
///
/// A line is skipped when all that the rule names fits. Patterns are those of alerts: `*` is any run of characters (`/`
/// included), `?` any one, a backslash takes the next as it is; case counts.
package struct SkipRule: Hashable, Sendable {
    /// Fits the request's target without its query.
    package let path: String?
    package let agent: String?
    private let pathPattern: BytePattern?
    private let agentPattern: BytePattern?

    /// A rule that names nothing skips nothing.
    package init(path: String? = nil, agent: String? = nil) {
        self.path = path
        self.agent = agent
        pathPattern = path.map(BytePattern.init)
        agentPattern = agent.map(BytePattern.init)
    }

    package func skips(_ entry: AccessLogEntry, in line: UnsafeRawBufferPointer) -> Bool {
        if let pathPattern {
            // A request that is malformed has no path that `*` could mean.
            guard !entry.target.isEmpty else { return false }
            let target = UnsafeRawBufferPointer(rebasing: line[entry.target])
            let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
            guard pathPattern.matches(UnsafeRawBufferPointer(rebasing: target[..<end])) else { return false }
        }
        if let agentPattern {
            guard agentPattern.matches(UnsafeRawBufferPointer(rebasing: line[entry.userAgent])) else { return false }
        }
        return path != nil || agent != nil
    }
}
