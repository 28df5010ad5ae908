import CLibSSH2
import Glibc
import Synchronization

/// What one thread asks of a bastion, and the answer: made by the one who waits, answered by the bastion's thread.
final class TunnelRequest: Sendable {
    enum Purpose: Sendable, Equatable {
        /// A way to a host behind the bastion.
        case tunnel
        /// A sign that the bastion is alive.
        case signOfLife
    }

    enum Outcome: Sendable {
        /// The end of a socket pair, which the one who waits closes; and what of his timeout was used up.
        case opened(CInt, Duration)
        case alive
        case failed(SSHError)
    }

    private enum State: Sendable {
        case waiting
        case abandoned
        case answered(Outcome)
    }

    let purpose: Purpose
    let target: SSHTarget
    /// Readable once there is an answer.
    let descriptor: CInt
    private let state = Mutex(State.waiting)

    /// - Throws: when there is no descriptor to wait on.
    init(_ purpose: Purpose, _ target: SSHTarget) throws(SSHError) {
        self.purpose = purpose
        self.target = target
        descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw SSHError(target, .connect, .failed, code: Int(errno), libraryText: errnoText(errno))
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// False when nobody waits any more; a descriptor in the answer is then still the caller's.
    @discardableResult
    func answer(_ outcome: Outcome) -> Bool {
        let isTaken = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .answered(outcome)
            return true
        }
        if isTaken { _ = eventfd_write(descriptor, 1) }
        return isTaken
    }

    var isAbandoned: Bool {
        state.withLock { if case .abandoned = $0 { true } else { false } }
    }

    /// The answer; without one, none is wanted any more.
    func takeOrAbandon() -> Outcome? {
        state.withLock { state in
            if case .answered(let outcome) = state { return outcome }
            state = .abandoned
            return nil
        }
    }
}
