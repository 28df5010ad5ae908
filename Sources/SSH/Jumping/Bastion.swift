import CLibSSH2
import Glibc
import Synchronization

/// A jump host: one SSH session to it, shared by the sessions of all hosts behind it (ssh(1), `-J`).
///
///     HostThread's SSHSession ── socket pair ── Tunnel ── Forwarding ── SSHSession to the bastion
///
/// A host's own session runs end to end within a channel of the bastion's, and sees an ordinary socket; the bastion sees
/// ciphertext. The session to the bastion belongs to the thread that calls `serve`; everybody else asks it through
/// requests. A bastion behind a bastion is reached in the same way.
package final class Bastion: Sendable {
    /// What its thread tells of it.
    package enum Event: Sendable {
        /// Logged in.
        case connected(address: String)
        /// Something came from it; told every ten seconds at most.
        case alive
        /// It could not be connected to, or was lost. Nobody gets through until it is back.
        case failed(SSHError)
    }

    enum Condition {
        /// Not asked for, or about to be connected.
        case ready
        case down(SSHError)
        case ended
    }

    private struct State {
        var condition = Condition.ready
        var requests: [TunnelRequest] = []
        /// Hosts that wait for it to come back.
        var waiting = 0
        var isClosing = false

        var isDown: Bool { if case .down = condition { true } else { false } }
    }

    /// A thread that waits for a bastion is told before this, whatever happens.
    private static let patience = Duration.seconds(600)
    /// How long a session without a tunnel is kept.
    static let idleLimit = Duration.seconds(300)

    package let target: SSHTarget
    /// The bastion before it.
    package let outer: Bastion?
    let interrupt: Interrupt
    /// Rung when there is something to do.
    let bell = Interrupt()
    /// Raised while it is not known to be down.
    private let isPassable = Interrupt()
    private let state = Mutex(State())

    /// - Parameters:
    ///   - outer: the bastion through which this one is reached.
    ///   - interrupt: ends `serve` and all its waits.
    package init(_ target: SSHTarget, through outer: Bastion? = nil, interrupt: Interrupt) {
        self.target = target
        self.outer = outer
        self.interrupt = interrupt
        isPassable.raise()
    }

    /// Why nobody gets through now; nil where that is not known.
    package var failure: SSHError? {
        state.withLock { if case .down(let error) = $0.condition { error } else { nil } }
    }

    // MARK: Those who go through

    /// Blocks until the bastion has opened a way to the host, bounded by the target's timeout, not counting the time that
    /// the bastion itself takes to be connected to and that others take before.
    ///
    /// - Returns: a connected stream socket, nonblocking, which the caller closes; how much of the timeout was used.
    /// - Throws: at once where the bastion is known to be down.
    @available(*, noasync)
    func connect(to target: SSHTarget, interrupt: Interrupt) throws(SSHError) -> (CInt, Duration) {
        switch try ask(TunnelRequest(.tunnel, target), interrupt: interrupt) {
        case .opened(let descriptor, let used): return (descriptor, used)
        case .failed(let error): throw error
        case .alive, nil: throw SSHError(target, .connect, .timedOut, through: self.target.loginText)
        }
    }

    /// Blocks until the bastion has shown that it is alive, or that it is not: for those whose connection through it broke
    /// and who want to know which of the two it was. At most about as long as its timeout.
    ///
    /// - Returns: why it is down, as the failure of `target`; nil when it is alive or the interrupt was raised.
    @available(*, noasync)
    package func failure(for target: SSHTarget, interrupt: Interrupt) -> SSHError? {
        do throws(SSHError) {
            guard case .failed(let error) = try ask(TunnelRequest(.signOfLife, target), interrupt: interrupt) else {
                return nil
            }
            return error.kind == .interrupted ? nil : error
        } catch {
            // Known to be down already.
            return error.kind == .interrupted ? nil : error
        }
    }

    /// Blocks until the bastion is not known to be down any more, or until the deadline. False when the interrupt was raised.
    @available(*, noasync)
    package func awaitReturn(until deadline: ContinuousClock.Instant, interrupt: Interrupt) -> Bool {
        state.withLock { $0.waiting += 1 }
        defer { state.withLock { $0.waiting -= 1 } }
        bell.raise()
        return interrupt.wait(isPassable.descriptor, POLLIN, until: deadline) != .interrupted
    }

    private func ask(_ request: TunnelRequest, interrupt: Interrupt) throws(SSHError) -> TunnelRequest.Outcome? {
        let refusal = state.withLock { state -> SSHError? in
            switch state.condition {
            case .down(let error): return error.onTheWay(to: request.target, through: target)
            case .ended: return SSHError(request.target, .connect, .interrupted)
            case .ready:
                state.requests.append(request)
                return nil
            }
        }
        if let refusal { throw refusal }
        bell.raise()
        let end = interrupt.wait(request.descriptor, POLLIN, until: .now + Bastion.patience)
        if let outcome = request.takeOrAbandon() { return outcome }
        if end == .interrupted { throw SSHError(request.target, .connect, .interrupted) }
        return nil
    }

    /// Ends `serve`; what goes through it is cut. From any thread.
    package func close() {
        state.withLock { $0.isClosing = true }
        bell.raise()
    }

    // MARK: Its thread

    /// Blocks until it is closed or the interrupt is raised: connects when somebody asks, and again while somebody waits.
    ///
    /// - Parameters:
    ///   - retry: how long to wait behind a failure, before somebody else may try.
    ///   - step: is told each step of connecting that succeeded, and how long it took.
    ///   - report: is told before those who wait are.
    @available(*, noasync)
    package func serve(
        gate: HandshakeGate? = nil,
        retry: (SSHError) -> Duration,
        step: ((SSHError.Step, Duration) -> Void)? = nil,
        report: @escaping (Event) -> Void
    ) {
        while awaitDemand() {
            var forwarding: Forwarding?
            do throws(SSHError) {
                let session = try SSHSession(
                    connectingTo: target,
                    interrupt: interrupt,
                    gate: gate,
                    through: outer,
                    observer: step
                )
                report(.connected(address: session.remoteAddress))
                pass()
                let current = Forwarding(session, self) { report(.alive) }
                forwarding = current
                try current.run()
            } catch {
                guard !isEnding else { break }
                report(.failed(error))
                block(error, forwarding?.requests ?? [])
                // Behind the condition: whoever finds his tunnel closed asks why.
                forwarding?.close()
                pause(behind: error, retry)
                continue
            }
            forwarding?.close()
        }
        end()
    }

    var isEnding: Bool { interrupt.isRaised || state.withLock { $0.isClosing } }

    func takeRequests() -> [TunnelRequest] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    /// Waits until somebody wants to go through. False at the end.
    private func awaitDemand() -> Bool {
        while !isEnding {
            bell.lower()
            if state.withLock({ !$0.requests.isEmpty || $0.isDown && $0.waiting > 0 }) { return true }
            // Nobody waits, so nobody is woken: the next one who comes finds out for himself.
            pass()
            _ = interrupt.wait(bell.descriptor, POLLIN, until: .now + .seconds(60))
        }
        return false
    }

    private func pass() {
        state.withLock { $0.condition = .ready }
        isPassable.raise()
    }

    private func block(_ error: SSHError, _ taken: [TunnelRequest]) {
        isPassable.lower()
        let requests = state.withLock { state in
            state.condition = .down(error)
            defer { state.requests = [] }
            return taken + state.requests
        }
        for request in requests { request.answer(.failed(error.onTheWay(to: request.target, through: target))) }
    }

    /// Waits before the next try; where a bastion before it is to blame, until that one is back.
    private func pause(behind error: SSHError, _ retry: (SSHError) -> Duration) {
        if error.bastionFailed, let outer {
            _ = outer.awaitReturn(until: .now + Bastion.patience, interrupt: interrupt)
            return
        }
        let end = ContinuousClock.now + retry(error)
        while !isEnding, ContinuousClock.now < end {
            // A bell does not shorten the wait, but for the end.
            _ = interrupt.wait(bell.descriptor, POLLIN, until: end)
            bell.lower()
        }
    }

    private func end() {
        let requests = state.withLock { state in
            state.condition = .ended
            defer { state.requests = [] }
            return state.requests
        }
        isPassable.raise()
        for request in requests { request.answer(.failed(SSHError(request.target, .connect, .interrupted))) }
    }
}
