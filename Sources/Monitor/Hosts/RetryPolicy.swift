import SSH

/// How soon a host is tried again, by what went wrong.
package struct RetryPolicy: Sendable {
    private var failure: Backoff
    private var refusal: Backoff
    private var crowd: Backoff
    private let steadyAfter: Duration
    private var answersSince: ContinuousClock.Instant?
    private var generator = SystemRandomNumberGenerator()

    /// - Parameters:
    ///   - failure: something may be back any moment: 1 s, doubling to 5 minutes.
    ///   - refusal: the host does not want us. Two minutes at first stay below what fail2ban and sshguard take for an
    ///     attack (fail2ban's default: five in ten minutes); 15 minutes at most, so that a mended key is found.
    ///   - crowd: sshd drops connections at random above MaxStartups: soon again, and only ever our own turn at the gate.
    ///   - steadyAfter: how long a host must answer before its earlier failures are forgotten. One that answers once
    ///     and fails again would otherwise be logged in to every second, and warned of as often.
    package init(
        failure: Backoff = Backoff(first: .seconds(1), limit: .seconds(300)),
        refusal: Backoff = Backoff(first: .seconds(120), limit: .seconds(900)),
        crowd: Backoff = Backoff(first: .milliseconds(500), limit: .seconds(15)),
        steadyAfter: Duration = .seconds(60)
    ) {
        self.failure = failure
        self.refusal = refusal
        self.crowd = crowd
        self.steadyAfter = steadyAfter
    }

    mutating func delay(after error: any Error) -> Duration {
        answersSince = nil
        return switch error {
        case let error as SSHError where error.kind == .closedDuringHandshake: crowd.next(using: &generator)
        case let error as SSHError where error.wasLoginRefused: refusal.next(using: &generator)
        default: failure.next(using: &generator)
        }
    }

    /// The host answered. To be told of every answer: they show how long all has been well.
    mutating func succeeded(at now: ContinuousClock.Instant = .now) {
        guard let answersSince else {
            answersSince = now
            return
        }
        guard answersSince.duration(to: now) >= steadyAfter else { return }
        failure.reset()
        refusal.reset()
        crowd.reset()
    }
}

extension SSHError {
    /// Whether the host was reached and nobody may log in, be it that it does not want us, that we do not trust its
    /// key, or that ours cannot be used: nothing that a try a second later would change.
    var wasLoginRefused: Bool {
        // What a bastion refuses, the host behind it does not.
        !bastionFailed && (isRefusal || (!isTransient && (step == .hostKey || step == .authenticate)))
    }
}

extension HostFailure {
    init(_ error: any Error) {
        let machine = (error as? MachineRefusal)?.machine
        self.init(
            state: machine != nil || (error as? SSHError)?.wasLoginRefused == true ? .refused : .unreachable,
            message: LogfmtHandler.oneLine("\(error)"),
            cause: Self.step(of: error),
            machine: machine
        )
    }

    private static func step(of error: any Error) -> String {
        switch error {
        case let error as SSHError: "\(error.step)"
        case let error as ProbeFailure: "\(error.step)"
        case is MachineRefusal: "machine"
        default: "other"
        }
    }
}
