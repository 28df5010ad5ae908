import CLibSSH2
import Glibc

/// A connection to one host: connected, the host key checked, logged in.
///
/// Over libssh2 (https://libssh2.org/docs.html) in its nonblocking mode. Every call that would block waits in one
/// place, `wait`, with poll(2) on the socket and the interrupt until the step's deadline. libssh2 has to be called
/// again with the same arguments after a wait, so a step that ends early leaves a session that can only be closed:
/// `isUsable` tells. A session and its channels are used on one thread at a time and are not Sendable.
package final class SSHSession {
    package let target: SSHTarget
    /// The numeric address that answered.
    package let remoteAddress: String
    /// `SHA256:…` as `ssh-keygen -l` prints it.
    package internal(set) var hostKeyFingerprint = ""
    /// The method that the server accepted, e.g. `publickey (~/.ssh/id_ed25519)`.
    package internal(set) var authenticatedBy = ""
    /// Whether further steps may be tried. False after a lost connection and after a step that was cut short.
    package internal(set) var isUsable = true

    let interrupt: Interrupt
    let context: SessionContext
    let socket: CInt
    /// libssh2's session; nil once closed.
    private(set) var pointer: OpaquePointer?
    /// Channels that libssh2 knows, for its packet processing while idle.
    private var channels: [OpaquePointer] = []
    /// Channels that were given up before the server had confirmed their end.
    private var orphans: [OpaquePointer] = []

    /// Connects, checks the host key and logs in; blocks at most for the target's timeout, not counting the time spent
    /// waiting at the gate.
    /// - Parameters:
    ///   - bastion: opens the way where `target` is not reached directly; waiting for it does not count either.
    ///   - observer: is told each step that succeeded, and how long it took.
    @available(*, noasync)
    package init(
        connectingTo target: SSHTarget,
        interrupt: Interrupt,
        gate: HandshakeGate? = nil,
        through bastion: Bastion? = nil,
        observer: ((SSHError.Step, Duration) -> Void)? = nil
    ) throws(SSHError) {
        var stopwatch = Stopwatch(observer)
        var deadline = ContinuousClock.now + target.timeout
        let (socket, address): (CInt, String)
        var pass: HandshakeGate.Pass?
        if let bastion {
            let used: Duration
            (socket, used) = try bastion.connect(to: target, interrupt: interrupt)
            address = target.bareAddress
            deadline = .now + target.timeout - used
            stopwatch.lap(.connect)
        } else {
            let addresses = try NameResolution.resolve(target, interrupt: interrupt, until: deadline)
            stopwatch.lap(.resolve)
            pass = try SSHSession.enter(gate, target, interrupt, &deadline)
            stopwatch.restart()
            var connecting = Connecting(target, interrupt, deadline, pass)
            let found: SocketAddress
            (socket, found) = try connecting.connect(to: addresses)
            address = found.text
            stopwatch.lap(.connect)
        }
        defer { pass?.release() }
        if pass?.isHeld != true {
            do throws(SSHError) {
                pass = try SSHSession.enter(gate, target, interrupt, &deadline, isConnected: true)
            } catch {
                Glibc.close(socket)
                throw error
            }
            stopwatch.restart()
        }

        let context = SessionContext(socket: socket, interrupt: interrupt)
        guard LibSSH2.isInitialized, let pointer = LibSSH2.makeSession(context) else {
            Glibc.close(socket)
            throw SSHError(target, .handshake, .failed, detail: "libssh2 could not be started")
        }
        self.target = target
        self.interrupt = interrupt
        self.context = context
        self.socket = socket
        self.pointer = pointer
        remoteAddress = address
        // From here on deinit cleans up after an error.

        let knownHosts = try loadKnownHosts()
        preferKnownHostKeys(knownHosts)
        try handshake(until: deadline)
        stopwatch.lap(.handshake)
        try checkHostKey(knownHosts, until: deadline)
        stopwatch.lap(.hostKey)
        try authenticate(until: deadline)
        stopwatch.lap(.authenticate)
    }

    deinit { close() }

    /// Waits at the gate, and moves the deadline by the time that this took.
    private static func enter(
        _ gate: HandshakeGate?,
        _ target: SSHTarget,
        _ interrupt: Interrupt,
        _ deadline: inout ContinuousClock.Instant,
        isConnected: Bool = false
    ) throws(SSHError) -> HandshakeGate.Pass? {
        guard let gate else { return nil }
        let left = ContinuousClock.now.duration(to: deadline)
        // The same address behind another bastion is another host.
        let address = (target.jumps + [target]).map(\.displayAddress).joined(separator: ",")
        guard let pass = gate.enter(address, interrupt: interrupt, isConnected: isConnected) else {
            throw SSHError(target, .queue, .interrupted)
        }
        deadline = .now + left
        return pass
    }

    /// Ends the connection without waiting for the server. Channels of the session are unusable afterwards.
    package func close() {
        guard let pointer else { return }
        self.pointer = nil
        if isUsable {
            // One attempt: the message is small, and a full socket means that nobody would read it.
            libssh2_session_disconnect_ex(pointer, 11, "closed", "")
        }
        isUsable = false
        // With the socket shut down, libssh2 has nobody left to wait for while it frees what it holds.
        shutdown(socket, CInt(SHUT_RDWR))
        context.isCut = true
        for _ in 0..<100 where libssh2_session_free(pointer) != LIBSSH2_ERROR_EAGAIN { break }
        Glibc.close(socket)
    }

    // MARK: Waiting

    /// Repeats a nonblocking call until it does not say EAGAIN, waiting in between.
    func repeating(
        _ step: SSHError.Step,
        until deadline: ContinuousClock.Instant,
        _ call: (OpaquePointer) -> Int
    ) throws(SSHError) -> Int {
        let pointer = try open(step)
        while true {
            context.begin(until: deadline)
            let code = call(pointer)
            if code != Int(LIBSSH2_ERROR_EAGAIN) { return code }
            try wait(step, until: deadline)
        }
    }

    /// The same for calls that give a pointer, or nil and an error number of the session.
    func repeating(
        _ step: SSHError.Step,
        until deadline: ContinuousClock.Instant,
        _ call: (OpaquePointer) -> OpaquePointer?
    ) throws(SSHError) -> OpaquePointer? {
        let pointer = try open(step)
        while true {
            context.begin(until: deadline)
            if let result = call(pointer) { return result }
            if libssh2_session_last_errno(pointer) != LIBSSH2_ERROR_EAGAIN { return nil }
            try wait(step, until: deadline)
        }
    }

    /// Blocks until the socket is ready for what libssh2 wants to do next.
    /// - Parameter cutsShort: whether giving up here leaves libssh2 in the middle of something.
    func wait(
        _ step: SSHError.Step,
        until deadline: ContinuousClock.Instant,
        cutsShort: Bool = true
    ) throws(SSHError) {
        let pointer = try open(step)
        let directions = libssh2_session_block_directions(pointer)
        var events = directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 ? POLLOUT : 0
        if events == 0 || directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 { events |= POLLIN }
        let end = context.wait(events, until: deadline)
        if end == .ready { return }
        if cutsShort || directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 { isUsable = false }
        throw SSHError(target, step, end == .deadline ? .timedOut : .interrupted)
    }

    /// libssh2's session, or an error when it is closed or beyond use.
    func open(_ step: SSHError.Step) throws(SSHError) -> OpaquePointer {
        guard let pointer, isUsable else {
            throw SSHError(target, step, .connectionLost, detail: "the session was closed or cut short before")
        }
        return pointer
    }

    // MARK: Channels

    func adopt(_ channel: OpaquePointer) {
        channels.append(channel)
    }

    /// Frees a channel now, or later when the server has not confirmed its end yet.
    func release(_ channel: OpaquePointer) {
        guard pointer != nil else { return }  // close() has freed it already
        channels.removeAll { $0 == channel }
        orphans.append(channel)
        freeOrphans()
    }

    func freeOrphans() {
        guard isUsable, !orphans.isEmpty else { return }
        orphans.removeAll { libssh2_channel_free($0) != LIBSSH2_ERROR_EAGAIN }
    }

    /// A channel through which libssh2 can be made to process what the server sent.
    var anyChannel: OpaquePointer? { channels.first ?? orphans.first }
    var openChannels: [OpaquePointer] { channels }
}

/// Tells an observer how long each step took.
private struct Stopwatch {
    private let observer: ((SSHError.Step, Duration) -> Void)?
    private var start = ContinuousClock.now

    init(_ observer: ((SSHError.Step, Duration) -> Void)?) { self.observer = observer }

    mutating func restart() { start = .now }

    mutating func lap(_ step: SSHError.Step) {
        guard let observer else { return }
        let now = ContinuousClock.now
        observer(step, start.duration(to: now))
        start = now
    }
}
