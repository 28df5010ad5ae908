import CLibSSH2
import Glibc

/// Carries the tunnels of one session to a bastion, on the thread of that session.
///
/// One poll(2) over the connection and all socket pairs. libssh2 has to finish the packet that it is in the middle of
/// sending before it may begin another, so what it could not finish (`unfinished`) is repeated before anything else; and
/// any call may read packets of all channels into libssh2's memory, so nothing waits before all were looked at.
final class Forwarding {
    /// What was begun and has to be repeated.
    enum Step {
        case open
        case pull(Tunnel)
        case push(Tunnel)
        case free(OpaquePointer)
    }

    /// More than a packet never comes at once.
    private static let packetSize = 32_000
    private static let turnLimit = 32
    private static let aliveInterval = Duration.seconds(10)

    let session: SSHSession
    let bastion: Bastion
    private let onSignOfLife: () -> Void
    var tunnels: [Tunnel] = []
    /// Channels whose end the server has not confirmed.
    private var ending: [OpaquePointer] = []
    var unfinished: Step?
    private var unfinishedSince = ContinuousClock.now
    /// Which tunnel comes first in the next turn, so that none comes first always.
    private var turn = 0
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Forwarding.packetSize, alignment: 16)

    // Opening: `Forwarding+Opening.swift`.
    var waiting: [WaitingRequest] = []
    var opening: Opening?
    var slowAddresses: Set<String> = []
    var wantsSignOfLife = false
    /// Who asked whether it is alive, and what had come by then.
    var watchers: [(request: TunnelRequest, received: UInt64)] = []
    var heardAt = ContinuousClock.now
    private var received: UInt64 = 0
    private var toldAt = ContinuousClock.now
    var usedAt = ContinuousClock.now

    init(_ session: SSHSession, _ bastion: Bastion, onSignOfLife: @escaping () -> Void) {
        self.session = session
        self.bastion = bastion
        self.onSignOfLife = onSignOfLife
        received = session.context.received
    }

    deinit { scratch.deallocate() }

    /// Those whose answer is owed.
    var requests: [TunnelRequest] {
        watchers.map(\.request) + waiting.map(\.request) + (opening?.waiting.map { [$0.request] } ?? [])
    }

    /// Cuts all tunnels.
    func close() {
        session.close()
        tunnels = []
    }

    /// Blocks until nobody has used the bastion for a while, or it is closed. - Throws: when the connection is lost.
    func run() throws(SSHError) {
        while !bastion.isEnding {
            bastion.bell.lower()
            for request in bastion.takeRequests() { take(request) }
            var turns = 0
            while turns < Forwarding.turnLimit, try turnAll() { turns += 1 }
            let now = ContinuousClock.now
            try checkTimes(now)
            if !tunnels.isEmpty || !requests.isEmpty || unfinished != nil { usedAt = now }
            if usedAt.duration(to: now) >= Bastion.idleLimit { return }
            if needsTurn { continue }
            // Who never stops sending keeps nobody from being heard.
            try wait(until: turns == Forwarding.turnLimit ? .now : nil)
        }
    }

    // MARK: Carrying

    /// Whether another turn may find something to do.
    private func turnAll() throws(SSHError) -> Bool {
        let before = session.context.received
        var moved = false
        if let step = unfinished {
            let since = unfinishedSince
            unfinished = nil
            try perform(step, &moved)
            guard unfinished == nil else {
                // Whoever rings has it repeated; only the server's taking something is progress.
                unfinishedSince = since
                return false
            }
            moved = true
        }
        try continueOpening()
        guard unfinished == nil else { return false }
        for channel in ending {
            try free(channel)
            guard unfinished == nil else { return false }
        }
        let count = tunnels.count
        turn = count == 0 ? 0 : (turn + 1) % count
        for number in 0..<count {
            let tunnel = tunnels[(turn + number) % count]
            try pull(tunnel, &moved)
            guard unfinished == nil else { return false }
            try push(tunnel, &moved)
            guard unfinished == nil else { return false }
        }
        for tunnel in tunnels where tunnel.isOver { ending.append(tunnel.channel) }
        tunnels.removeAll(where: \.isOver)
        noteSignsOfLife()
        return moved || session.context.received != before
    }

    private func perform(_ step: Step, _ moved: inout Bool) throws(SSHError) {
        switch step {
        case .open: try continueOpening()
        case .pull(let tunnel): try pull(tunnel, &moved)
        case .push(let tunnel): try push(tunnel, &moved)
        case .free(let channel): try free(channel)
        }
    }

    /// From the channel to the session.
    private func pull(_ tunnel: Tunnel, _ moved: inout Bool) throws(SSHError) {
        if tunnel.hasIncoming, tunnel.deliverKept() { moved = true }
        guard !tunnel.hasIncoming, !tunnel.hostHasEnded, !tunnel.isOver else { return }
        session.context.begin()
        let count = libssh2_channel_read_ex(
            tunnel.channel,
            0,
            scratch.baseAddress?.assumingMemoryBound(to: CChar.self),
            scratch.count
        )
        if count > 0 {
            moved = true
            tunnel.deliver(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        } else if count == Int(LIBSSH2_ERROR_EAGAIN) {
            interrupted(.pull(tunnel))
        } else if count == 0 {
            if libssh2_channel_eof(tunnel.channel) == 1 { tunnel.hostHasEnded = true }
        } else {
            throw session.error(.transfer, count)
        }
    }

    /// From the session to the channel.
    private func push(_ tunnel: Tunnel, _ moved: inout Bool) throws(SSHError) {
        guard !tunnel.hostHasEnded else { return }
        tunnel.receive(upTo: Forwarding.packetSize)
        guard tunnel.hasOutgoing else { return }
        session.context.begin()
        let count = tunnel.outgoing.withUnsafeBytes { raw in
            libssh2_channel_write_ex(
                tunnel.channel,
                0,
                raw.baseAddress?.advanced(by: tunnel.outgoingOffset).assumingMemoryBound(to: CChar.self),
                raw.count - tunnel.outgoingOffset
            )
        }
        switch CInt(clamping: count) {
        case 1...:
            moved = true
            tunnel.sent(count)
        case 0, LIBSSH2_ERROR_EAGAIN:
            interrupted(.push(tunnel))
            // The window is used up, and nobody is there who would miss the rest.
            if unfinished == nil, tunnel.isHungUp { tunnel.dropOutgoing() }
        case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT: tunnel.dropOutgoing()
        default: throw session.error(.transfer, count)
        }
    }

    func free(_ channel: OpaquePointer) throws(SSHError) {
        session.context.begin()
        let code = libssh2_channel_free(channel)
        guard code == LIBSSH2_ERROR_EAGAIN else { return ending.removeAll { $0 == channel } }
        if !ending.contains(channel) { ending.append(channel) }
        interrupted(.free(channel))
    }

    /// A call said EAGAIN: for want of room in the connection it has to be repeated first.
    func interrupted(_ step: Step) {
        guard session.wantsToSend else { return }
        unfinished = step
        unfinishedSince = .now
    }

    // MARK: Waiting

    private func noteSignsOfLife() {
        guard session.context.received != received else { return }
        received = session.context.received
        heardAt = .now
        answerWatchers()
        guard toldAt.duration(to: heardAt) >= Forwarding.aliveInterval else { return }
        toldAt = heardAt
        onSignOfLife()
    }

    private func wait(until moment: ContinuousClock.Instant?) throws(SSHError) {
        var entries = [
            pollfd(fd: session.socket, events: Int16(unfinished == nil ? POLLIN : POLLOUT), revents: 0),
            pollfd(fd: bastion.bell.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        if unfinished == nil {
            // A closed end would wake without end.
            entries += tunnels.map { pollfd(fd: $0.isHungUp ? -1 : $0.descriptor, events: $0.events, revents: 0) }
        }
        let deadline = unfinished == nil ? moment ?? nextDeadline : unfinishedSince + patience
        switch bastion.interrupt.wait(&entries, until: deadline) {
        case .interrupted: throw SSHError(session.target, .transfer, .interrupted)
        case .deadline:
            guard unfinished != nil, ContinuousClock.now >= unfinishedSince + patience else { return }
            throw lost
        case .ready: break
        }
        if entries[0].revents != 0 { session.context.becameReadable() }
        if entries[0].revents & Int16(POLLOUT) != 0 { unfinishedSince = .now }
        guard entries.count > 2 else { return }
        for (tunnel, entry) in zip(tunnels, entries[2...]) where entry.revents != 0 {
            tunnel.mayHaveInput = true
            if entry.revents & Int16(POLLHUP | POLLERR) != 0 { tunnel.isHungUp = true }
        }
    }

    /// How long a bastion may be silent when something is asked of it.
    var patience: Duration { min(max(session.target.timeout, .seconds(2)), .seconds(15)) }

    var lost: SSHError {
        session.isUsable = false
        return SSHError(
            session.target,
            .transfer,
            .timedOut,
            detail: "the bastion does not answer any more",
            mend: "It will be connected again; if it stays, check the bastion and the network to it."
        )
    }
}
