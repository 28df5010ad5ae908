import Configuration
import SSH
import Wire

/// One host's SSH session and the resident probe behind it. Blocking; made, used and freed on one thread.
///
/// resolve → connect → host key → login (`SSHSession`) → place the probe → start it → key over stdin → hello.
/// The probe ends with the channel, so freeing the connection leaves nothing behind on the host.
final class HostConnection {
    /// What `check --connect` and the log tell of each step done.
    typealias StepObserver = (_ step: String, _ took: Duration, _ detail: String) -> Void

    let identity: HostIdentity
    /// Numbers of the plan that the probe does not know.
    let unknownMetrics: [UInt16]
    /// The host's clock minus ours at the hello, half the round trip taken off.
    let clockSkewMilliseconds: Int64
    /// The address that was connected to, as text.
    var address: String { session.remoteAddress }

    let settings: HostSettings
    let plan: CollectionPlan
    private let session: SSHSession
    let channel: SSHChannel
    let sealer: FrameSealer
    let opener: FrameOpener
    var sequence: UInt32 = 0
    private var wakes: SharedWakes?

    /// Everything from the name to the probe's hello.
    ///
    /// - Parameters:
    ///   - bastion: the last one on the way; nil where there is none.
    ///   - replacingProbe: whether the probe is uploaded even where it lies already.
    /// - Throws: `SSHError` or `ProbeFailure`.
    init(
        to settings: HostSettings,
        plan: CollectionPlan,
        probes: ProbeFiles,
        interrupt: Interrupt,
        gate: HandshakeGate,
        bastion: Bastion? = nil,
        replacingProbe: Bool = false,
        observer: StepObserver? = nil
    ) throws {
        self.settings = settings
        self.plan = plan
        wakes = SharedWakes(interval: settings.interval)
        session = try SSHSession(
            connectingTo: settings.target,
            interrupt: interrupt,
            gate: gate,
            through: bastion
        ) { step, took in
            let way = step == .connect ? bastion.map { "through \($0.target.loginText)" } : nil
            observer?(Self.name(of: step), took, way ?? "")
        }
        channel = try Self.startProbe(
            settings: settings,
            session: session,
            probes: probes,
            isReplaced: replacingProbe,
            observer: observer
        )

        let begin = ContinuousClock.now
        let deadline = begin + settings.target.timeout
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let rest = try Self.awaitMarker(on: channel, settings: settings, deadline: deadline)
        sealer = try FrameSealer(key: key, direction: .toProbe)
        opener = try FrameOpener(key: key, direction: .toServer)
        opener.feed(rest)
        let sentAt = Timestamp.now
        let configure = try sealer.seal(Request.configure(plan).encode())
        try channel.write(key + configure, deadline: deadline)
        let reply = try Self.reply(
            from: channel,
            opener: opener,
            settings: settings,
            step: .start,
            waiting: settings.target.timeout,
            until: deadline
        )
        guard case .hello(let identity, let unknownMetrics) = reply else {
            throw Self.unexpected(settings)
        }
        self.unknownMetrics = unknownMetrics
        self.identity = identity.withBoundedTexts
        let middle = Timestamp(milliseconds: (sentAt.milliseconds + Timestamp.now.milliseconds) / 2)
        clockSkewMilliseconds = identity.clock.skew(to: middle)
        observer?("decrypt", begin.duration(to: .now), "\(identity.nodeName), Linux \(identity.kernel)")
    }

    /// One request, one answer, within the host's timeout.
    ///
    /// - Parameters:
    ///   - delay: how long the probe waits before it begins; the timeout counts from then on. Meanwhile the end of the
    ///     probe or of the connection, and the interrupt, end the wait at once.
    ///   - sharesWake: whether the answer is looked for at a moment of `SharedWakes`, where the host's interval allows it.
    ///     Until then not even the probe's end wakes the thread, only the connection's and the interrupt.
    /// - Throws: `SSHError` or `ProbeFailure`; the connection is of no use afterwards.
    func poll(
        withMetrics: Bool,
        commandsDue: [UInt16],
        after delay: Duration = .zero,
        sharesWake: Bool = false
    ) throws -> Snapshot {
        sequence &+= 1
        let now = ContinuousClock.now
        let deadline = now + delay + settings.timeout
        let request = Request.poll(
            sequence: sequence,
            withMetrics: withMetrics,
            commandsDue: commandsDue,
            delayMicroseconds: UInt64(clamping: delay.microseconds)
        )
        try channel.write(sealer.seal(request.encode()), deadline: now + settings.timeout)
        if sharesWake, let wakes { try session.rest(until: min(wakes.next(behind: now + delay), deadline)) }
        let waits = session.waitCount
        let reply = try Self.reply(
            from: channel,
            opener: opener,
            settings: settings,
            step: .poll,
            waiting: settings.timeout,
            until: deadline
        )
        guard case .snapshot(let snapshot) = reply, snapshot.sequence == sequence, snapshot.fits(plan) else {
            throw Self.unexpected(settings)
        }
        // What is asked for at once may take longer: the first rates are primed.
        if sharesWake, delay > .zero, session.waitCount > waits {
            wakes?.missed(answeredAfter: (now + delay).duration(to: .now))
        }
        return snapshot.withBoundedTexts
    }

    /// All metrics and every command once, each answer as it comes: the metrics first, then commands as they end.
    ///
    /// Blocks for the slowest command, at most for the longest time that one may take.
    /// - Throws: `SSHError` or `ProbeFailure`.
    func pollEverything(_ answer: (_ snapshot: Snapshot, _ withMetrics: Bool) -> Void) throws {
        let longest = settings.commands.map(\.timeout).max() ?? .zero
        let end = ContinuousClock.now + longest + settings.timeout
        var snapshot = try poll(withMetrics: true, commandsDue: plan.commandNumbers)
        answer(snapshot, true)
        while snapshot.commandsRunning > 0 {
            guard ContinuousClock.now < end else {
                throw ProbeFailure(
                    host: settings.name,
                    step: .poll,
                    cause: "\(snapshot.commandsRunning) commands do not end, long after their timeouts",
                    mend: "Look on the host for what holds them up (a hung file server, a stopped process)"
                )
            }
            snapshot = try poll(withMetrics: false, commandsDue: [])
            answer(snapshot, false)
        }
    }

    /// Blocks until `deadline`; notices at once when the probe or the connection ends.
    ///
    /// - Returns: false when the interrupt was raised.
    func waitWhileIdle(until deadline: ContinuousClock.Instant) throws -> Bool {
        while true {
            switch try session.waitWhileIdle(until: deadline) {
            case .deadline: return true
            case .interrupted: return false
            case .readable:
                // Keep-alives and key exchanges of the server are handled within; what is left is the probe's end.
                let bytes = try channel.read(upTo: 1_024, deadline: .now + settings.timeout)
                guard bytes.isEmpty else { throw Self.unexpected(settings) }
                throw Self.ended(settings, channel, step: .poll)
            }
        }
    }

    func close() {
        session.close()
    }

    // MARK: Steps

    /// As `check --connect` shows it.
    static func name(of step: SSHError.Step) -> String {
        switch step {
        case .hostKey: "host key"
        case .authenticate: "login"
        default: step.rawValue
        }
    }

    private static func awaitMarker(
        on channel: SSHChannel,
        settings: HostSettings,
        deadline: ContinuousClock.Instant
    ) throws -> [UInt8] {
        var scanner = PreambleScanner()
        while true {
            let bytes = try read(channel, settings, .start, settings.target.timeout, until: deadline)
            guard !bytes.isEmpty else { throw ended(settings, channel, step: .start) }
            switch scanner.feed(bytes) {
            case .needMore: continue
            case .found(let rest): return rest
            case .notFound:
                throw ProbeFailure(
                    host: settings.name,
                    step: .start,
                    cause: "64 KiB of other output came instead of the probe's: “\(scanner.banner)”",
                    mend: "Silence what the login shell of \(settings.target.user) prints"
                )
            case .versionMismatch(let version):
                throw ProbeFailure(
                    host: settings.name,
                    step: .start,
                    cause: "the probe speaks version \(version) of the protocol",
                    mend: settings.installedProbe.map(reinstalling)
                        ?? "metricsd uploads its own; if it repeats, set another remote-directory"
                )
            }
        }
    }

    static func reply(
        from channel: SSHChannel,
        opener: FrameOpener,
        settings: HostSettings,
        step: ProbeFailure.Step,
        waiting: Duration,
        until deadline: ContinuousClock.Instant
    ) throws -> Reply {
        do {
            while true {
                if let plaintext = try opener.next() { return try Reply(decoding: plaintext) }
                let bytes = try read(channel, settings, step, waiting, until: deadline)
                guard !bytes.isEmpty else {
                    throw ended(settings, channel, step: step, withinAnswer: opener.bufferedByteCount > 0)
                }
                opener.feed(bytes)
            }
        } catch let error as WireError {
            throw ProbeFailure(host: settings.name, error)
        }
    }

    /// What came; empty when the probe has ended.
    private static func read(
        _ channel: SSHChannel,
        _ settings: HostSettings,
        _ step: ProbeFailure.Step,
        _ timeout: Duration,
        until deadline: ContinuousClock.Instant
    ) throws -> [UInt8] {
        try naming(step, settings, timeout) { () throws(SSHError) in try channel.read(deadline: deadline) }
    }

    /// A deadline that passes is told as what was waited for.
    static func naming<Value>(
        _ step: ProbeFailure.Step,
        _ settings: HostSettings,
        _ timeout: Duration,
        _ wait: () throws(SSHError) -> Value
    ) throws -> Value {
        do throws(SSHError) {
            return try wait()
        } catch {
            guard error.kind == .timedOut else { throw error }
            throw ProbeFailure(
                host: settings.name,
                step: step,
                cause: "no answer within \(CellText.plain(timeout.seconds)) s",
                mend: "metricsd connects anew; if it repeats, check the load of the host, or set a longer timeout"
            )
        }
    }

    static func unexpected(_ settings: HostSettings) -> ProbeFailure {
        ProbeFailure(
            host: settings.name,
            step: .decrypt,
            cause: "the probe answered what was not asked",
            mend: "metricsd connects anew; if it repeats, look what else writes to the connection"
        )
    }

    private static func ended(
        _ settings: HostSettings,
        _ channel: SSHChannel,
        step: ProbeFailure.Step,
        withinAnswer: Bool = false
    ) -> ProbeFailure {
        let printed = ProbeFailure.excerpt(channel.takeStandardError())
        let exit = try? channel.waitForExit(deadline: .now + .seconds(1))
        let status = exit.map { " (\($0))" } ?? ""
        let installed = step == .start ? settings.installedProbe : nil
        return ProbeFailure(
            host: settings.name,
            step: step,
            cause: "the probe ended\(withinAnswer ? " within an answer" : "")\(status)"
                + (printed.isEmpty ? "" : ": \(printed)"),
            mend: installed.map { mend($0, settings, exit) } ?? usualMend(step, settings)
        )
    }
}
