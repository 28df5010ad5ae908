import CLibSSH2
import Glibc

/// A host's wish for a tunnel, and what it has had of its timeout.
struct WaitingRequest {
    let request: TunnelRequest
    var used = Duration.zero
    /// The bastion was asked for a sign of life on its behalf.
    var wasDoubted = false

    var address: String { request.target.displayAddress }
}

/// The one channel that libssh2 is opening.
struct Opening {
    let channel: SSHSession.ChannelRequest
    /// nil for a sign of life.
    var waiting: WaitingRequest?
    let begunAt = ContinuousClock.now
    /// What had come from the bastion before.
    let received: UInt64
}

/// Opening tunnels, one after the other.
///
/// The bastion answers when it has connected to the host, or could not: a host that swallows packets keeps it waiting for
/// minutes. So a host has a moment to itself; where others wait behind it, it is put behind them, and in future too.
extension Forwarding {
    /// Enough for a first packet that was lost and sent again.
    private static let moment = Duration.milliseconds(1_500)
    /// A bastion that said nothing for this long is asked for a sign of life.
    private static let silence = Duration.seconds(20)
    private static let slowAddressesLimit = 10_000

    func take(_ request: TunnelRequest) {
        switch request.purpose {
        case .tunnel: waiting.append(WaitingRequest(request: request))
        case .signOfLife:
            watchers.append((request, session.context.received))
            wantsSignOfLife = true
        }
    }

    func answerWatchers() {
        let received = session.context.received
        for watcher in watchers where watcher.received != received { watcher.request.answer(.alive) }
        watchers.removeAll { $0.received != received }
    }

    /// There is somebody to be served, and nothing that he has to wait for.
    var needsTurn: Bool { opening == nil && unfinished == nil && (wantsSignOfLife || !waiting.isEmpty) }

    func continueOpening() throws(SSHError) {
        if opening == nil { beginOpening() }
        guard let current = opening else { return }
        let answer = try session.requestChannel(current.channel)
        switch answer {
        case .pending: return interrupted(.open)
        case .opened(let channel): try opened(channel, current)
        case .timedOut: fail(current)
        case .refused(let isProhibited, _):
            if let waiting = current.waiting {
                slowAddresses.remove(waiting.address)
                waiting.request.answer(.failed(refusal(waiting.request.target, isProhibited)))
            }
        }
        opening = nil
    }

    private func beginOpening() {
        if wantsSignOfLife {
            wantsSignOfLife = false
            opening = Opening(channel: .signOfLife, received: session.context.received)
            return
        }
        waiting.removeAll(where: \.request.isAbandoned)
        guard !waiting.isEmpty else { return }
        let next = waiting.firstIndex { !slowAddresses.contains($0.address) } ?? 0
        let target = waiting[next].request.target
        opening = Opening(
            channel: .directTCP(to: target.bareAddress, port: target.port),
            waiting: waiting.remove(at: next),
            received: session.context.received
        )
    }

    private func opened(_ channel: OpaquePointer, _ opening: Opening) throws(SSHError) {
        guard let waiting = opening.waiting else { return try free(channel) }
        slowAddresses.remove(waiting.address)
        guard !waiting.request.isAbandoned else { return try free(channel) }
        var pair: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
            let text = errnoText(errno)
            waiting.request.answer(
                .failed(SSHError(waiting.request.target, .connect, .failed, code: Int(errno), libraryText: text))
            )
            return try free(channel)
        }
        let used = waiting.used + opening.begunAt.duration(to: .now)
        let tunnel = Tunnel(channel, pair[0])
        if waiting.request.answer(.opened(pair[1], used)) {
            tunnels.append(tunnel)
        } else {
            Glibc.close(pair[1])
            try free(channel)
        }
    }

    // MARK: Time

    /// Ends what took too long.
    func checkTimes(_ now: ContinuousClock.Instant) throws(SSHError) {
        guard unfinished == nil else { return }
        guard let current = opening else {
            if heardAt.duration(to: now) >= Forwarding.silence { wantsSignOfLife = true }
            return
        }
        let spent = current.begunAt.duration(to: now)
        guard var waiting = current.waiting else {
            if spent >= patience { throw lost }
            return
        }
        let isUsedUp = waiting.used + spent >= waiting.request.target.timeout
        let isDoubtful = spent >= Forwarding.moment && session.context.received == current.received
        let holdsUp = spent >= Forwarding.moment && (!self.waiting.isEmpty || wantsSignOfLife)
        guard isUsedUp || waiting.request.isAbandoned || holdsUp || isDoubtful && !waiting.wasDoubted else { return }
        if let channel = try session.cancelChannelRequest(current.channel) {
            opening = nil
            return try opened(channel, current)
        }
        opening = nil
        if slowAddresses.count >= Forwarding.slowAddressesLimit { slowAddresses = [] }
        slowAddresses.insert(waiting.address)
        if isDoubtful { wantsSignOfLife = true }
        if isUsedUp { return fail(current) }
        waiting.used += spent
        waiting.wasDoubted = waiting.wasDoubted || isDoubtful
        self.waiting.append(waiting)
    }

    /// When time has something to do next.
    var nextDeadline: ContinuousClock.Instant {
        let idle = usedAt + Bastion.idleLimit
        guard let current = opening else { return min(idle, heardAt + Forwarding.silence) }
        guard let waiting = current.waiting else { return min(idle, current.begunAt + patience) }
        let end = current.begunAt + waiting.request.target.timeout - waiting.used
        let moment = current.begunAt + Forwarding.moment
        return moment > .now ? min(end, moment) : min(end, .now + Forwarding.moment)
    }

    private func fail(_ opening: Opening) {
        guard let waiting = opening.waiting else { return }
        slowAddresses.insert(waiting.address)
        let target = waiting.request.target
        waiting.request.answer(
            .failed(SSHError(target, .connect, .timedOut, through: session.target.loginText))
        )
    }

    /// The server's own words are lost in libssh2.
    private func refusal(_ target: SSHTarget, _ isProhibited: Bool) -> SSHError {
        SSHError(
            target,
            .connect,
            isProhibited ? .forwardingRefused : .notConnected,
            through: session.target.loginText
        )
    }
}
