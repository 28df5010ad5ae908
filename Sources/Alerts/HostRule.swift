import Wire

/// A rule with one state for the host: `unreachable`, `no_data`, or how a command ended.
struct HostRule: Sendable {
    let rule: AlertRule
    let timing: AlertStateMachine.Timing
    /// The command's number in the plan, for a rule on how it ended.
    let command: UInt16?
    var machine: AlertStateMachine

    /// - Parameter commandInterval: how often the command runs; nil for a condition that holds until told otherwise.
    init(
        rule: AlertRule,
        holdFor: Int64,
        command: UInt16? = nil,
        commandInterval: Int64? = nil,
        restored: AlertState?
    ) {
        self.rule = rule
        self.command = command
        timing = .init(
            holdFor: holdFor,
            gapLimit: commandInterval.map { 3 * $0 },
            jitter: (commandInterval ?? 0) / 10,
            repeatEvery: rule.repeatEvery?.milliseconds
        )
        machine = restored.map(AlertStateMachine.init(restoring:)) ?? AlertStateMachine()
    }
}
