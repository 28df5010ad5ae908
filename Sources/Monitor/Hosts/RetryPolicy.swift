import SSH

/// How soon a host is tried again, by what went wrong.
struct RetryPolicy {
    /// Something may be back any moment: 1 s, doubling to 5 minutes.
    private var failure = Backoff(first: .seconds(1), limit: .seconds(300))
    /// The host does not want us. Two minutes at first stay below what fail2ban and sshguard take for an attack
    /// (fail2ban's default: five in ten minutes); 15 minutes at most, so that a mended key is found.
    private var refusal = Backoff(first: .seconds(120), limit: .seconds(900))
    /// sshd drops connections at random above MaxStartups: soon again, and only ever our own turn at the gate.
    private var crowd = Backoff(first: .milliseconds(500), limit: .seconds(15))
    private var generator = SystemRandomNumberGenerator()

    mutating func delay(after error: any Error) -> Duration {
        switch error {
        case let error as SSHError where error.kind == .closedDuringHandshake: crowd.next(using: &generator)
        case let error as SSHError where error.wasLoginRefused: refusal.next(using: &generator)
        default: failure.next(using: &generator)
        }
    }

    mutating func succeeded() {
        failure.reset()
        refusal.reset()
        crowd.reset()
    }
}

extension SSHError {
    /// Whether the host was reached and nobody may log in, be it that it does not want us, that we do not trust its
    /// key, or that ours cannot be used: nothing that a try a second later would change.
    var wasLoginRefused: Bool {
        isRefusal || (!isTransient && (step == .hostKey || step == .authenticate))
    }
}

extension HostFailure {
    init(_ error: any Error) {
        self.init(
            state: (error as? SSHError)?.wasLoginRefused == true ? .refused : .unreachable,
            message: LogfmtHandler.oneLine("\(error)")
        )
    }
}
