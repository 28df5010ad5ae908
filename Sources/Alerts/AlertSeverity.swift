/// How urgent an alert is. `critical` is greater than `warning`.
package enum AlertSeverity: String, Codable, Comparable, CaseIterable, Sendable {
    case warning
    case critical

    package static func < (left: AlertSeverity, right: AlertSeverity) -> Bool {
        left == .warning && right == .critical
    }
}
