import CLibSSH2
import Glibc

/// Connects to the first of several addresses that answers. A next address is tried beside the earlier ones when
/// those have not answered after a moment, so a dead first address costs a moment and not the deadline (RFC 8305).
///
/// sshd counts a connection from when it accepts it, so one connects with a pass of the gate. Where nothing answers for
/// a while, there is nothing to count: the pass is given back, so that dead hosts do not hold up the living.
struct Connecting {
    static let stagger = Duration.milliseconds(300)
    /// How long a pass is kept without an answer; enough for a first packet that was lost and sent again.
    static let patience = Duration.milliseconds(1_500)

    let target: SSHTarget
    let interrupt: Interrupt
    let deadline: ContinuousClock.Instant
    private let pass: HandshakeGate.Pass?
    private var attempts: [(descriptor: CInt, address: SocketAddress)] = []
    private var lastError: CInt = ETIMEDOUT
    private var failures: [String] = []

    init(
        _ target: SSHTarget,
        _ interrupt: Interrupt,
        _ deadline: ContinuousClock.Instant,
        _ pass: HandshakeGate.Pass?
    ) {
        self.target = target
        self.interrupt = interrupt
        self.deadline = deadline
        self.pass = pass
    }

    /// The connected, nonblocking socket (the caller closes it) and the address that answered. The pass is not held any
    /// more if that took long.
    mutating func connect(to addresses: [SocketAddress]) throws(SSHError) -> (CInt, SocketAddress) {
        defer {
            for attempt in attempts { close(attempt.descriptor) }
        }
        var rest = addresses[...]
        var startNext = ContinuousClock.now
        let patienceEnd = startNext + Connecting.patience
        while true {
            if let address = rest.first, attempts.isEmpty || ContinuousClock.now >= startNext {
                rest.removeFirst()
                startNext = ContinuousClock.now + Connecting.stagger
                begin(address)
                continue
            }
            if attempts.isEmpty { throw failure() }
            var entries = attempts.map { pollfd(fd: $0.descriptor, events: Int16(POLLOUT), revents: 0) }
            if let pass, pass.isHeld, ContinuousClock.now >= patienceEnd { pass.release() }
            var wake = rest.isEmpty ? deadline : min(startNext, deadline)
            if let pass, pass.isHeld { wake = min(wake, patienceEnd) }
            switch interrupt.wait(&entries, until: wake) {
            case .interrupted: throw SSHError(target, .connect, .interrupted)
            case .deadline where ContinuousClock.now >= deadline:
                throw SSHError(target, .connect, .timedOut, detail: failures.joined(separator: ", "))
            case .deadline: continue
            case .ready: break
            }
            for index in entries.indices.reversed() where entries[index].revents != 0 {
                let attempt = attempts.remove(at: index)
                if let error = pendingError(attempt.descriptor) {
                    close(attempt.descriptor)
                    note(error, attempt.address)
                } else {
                    Connecting.setOptions(attempt.descriptor)
                    return (attempt.descriptor, attempt.address)
                }
            }
        }
    }

    private mutating func begin(_ address: SocketAddress) {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return note(errno, address) }
        let code = address.withSocketAddress { Glibc.connect(descriptor, $0, $1) }
        if code == 0 || errno == EINPROGRESS {
            attempts.append((descriptor, address))
        } else {
            note(errno, address)
            close(descriptor)
        }
    }

    private mutating func note(_ error: CInt, _ address: SocketAddress) {
        lastError = error
        failures.append("\(address.text): \(errnoText(error))")
    }

    private func pendingError(_ descriptor: CInt) -> CInt? {
        var error: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else { return errno }
        return error == 0 ? nil : error
    }

    private func failure() -> SSHError {
        let kind: SSHError.Kind =
            switch lastError {
            case ECONNREFUSED: .connectionRefused
            case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL, EACCES, EPERM, EAFNOSUPPORT:
                .unreachable
            case ETIMEDOUT: .timedOut
            case ECONNRESET, ECONNABORTED: .closedDuringHandshake
            default: .failed
            }
        // With several addresses each one's failure is told; with one the address is in the message already.
        let several = failures.count > 1
        return SSHError(
            target,
            .connect,
            kind,
            code: Int(lastError),
            libraryText: several ? "" : errnoText(lastError),
            detail: several ? failures.joined(separator: ", ") : ""
        )
    }

    /// Small packets leave at once, and a peer that is gone is noticed within about a minute even when nobody asks.
    private static func setOptions(_ descriptor: CInt) {
        func set(_ level: CInt, _ name: CInt, _ value: CInt) {
            var value = value
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
        }
        let tcp = CInt(IPPROTO_TCP)
        set(tcp, TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(tcp, TCP_KEEPIDLE, 30)
        set(tcp, TCP_KEEPINTVL, 10)
        set(tcp, TCP_KEEPCNT, 3)
        set(tcp, TCP_USER_TIMEOUT, 60_000)
    }
}
