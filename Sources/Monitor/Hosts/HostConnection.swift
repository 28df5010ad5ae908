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
    /// The host's clock minus ours at the hello, half the round trip taken off.
    let clockSkewMilliseconds: Int64
    /// The address that was connected to, as text.
    var address: String { session.remoteAddress }

    private let settings: HostSettings
    private let plan: CollectionPlan
    private let session: SSHSession
    private let channel: SSHChannel
    private let sealer: FrameSealer
    private let opener: FrameOpener
    private var sequence: UInt32 = 0

    /// Everything from the name to the probe's hello.
    ///
    /// - Throws: `SSHError` or `ProbeFailure`.
    init(
        to settings: HostSettings,
        plan: CollectionPlan,
        probes: ProbeFiles,
        interrupt: Interrupt,
        gate: HandshakeGate,
        observer: StepObserver? = nil
    ) throws {
        self.settings = settings
        self.plan = plan
        session = try SSHSession(connectingTo: settings.target, interrupt: interrupt, gate: gate) { step, took in
            observer?(Self.name(of: step), took, "")
        }
        channel = try Self.startProbe(settings: settings, session: session, probes: probes, observer: observer)

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
        let reply = try Self.reply(from: channel, opener: opener, settings: settings, deadline: deadline)
        guard case .hello(let identity, _) = reply else {
            throw Self.unexpected(settings)
        }
        self.identity = identity.withBoundedTexts
        let middle = Timestamp(milliseconds: (sentAt.milliseconds + Timestamp.now.milliseconds) / 2)
        clockSkewMilliseconds = identity.clock.skew(to: middle)
        observer?("decrypt", begin.duration(to: .now), "\(identity.nodeName), Linux \(identity.kernel)")
    }

    /// One request, one answer, within the host's timeout.
    ///
    /// - Throws: `SSHError` or `ProbeFailure`; the connection is of no use afterwards.
    func poll(withMetrics: Bool, commandsDue: [UInt16]) throws -> Snapshot {
        sequence &+= 1
        let deadline = ContinuousClock.now + settings.timeout
        let request = Request.poll(sequence: sequence, withMetrics: withMetrics, commandsDue: commandsDue)
        try channel.write(sealer.seal(request.encode()), deadline: deadline)
        let reply = try Self.reply(from: channel, opener: opener, settings: settings, deadline: deadline)
        guard case .snapshot(let snapshot) = reply, snapshot.sequence == sequence, snapshot.fits(plan) else {
            throw Self.unexpected(settings)
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
    private static func name(of step: SSHError.Step) -> String {
        switch step {
        case .hostKey: "host key"
        case .authenticate: "login"
        default: step.rawValue
        }
    }

    private static func startProbe(
        settings: HostSettings,
        session: SSHSession,
        probes: ProbeFiles,
        observer: StepObserver?
    ) throws -> SSHChannel {
        let begin = ContinuousClock.now
        let script = ProbePlacement.script(probes: probes.files, remoteDirectory: settings.remoteDirectory)
        let answer = try session.run(
            ProbePlacement.command,
            input: script,
            outputLimit: 64 * 1024,
            deadline: begin + settings.target.timeout
        )
        guard let placement = ProbePlacement(answer: answer.output) else {
            let printed = ProbeFailure.excerpt(answer.output + answer.standardError)
            throw ProbeFailure(
                host: settings.name,
                step: .place,
                cause: "the login shell ended (\(answer.exit)) without running a script"
                    + (printed.isEmpty ? "" : "; it printed: \(printed)"),
                mend: "Give the user \(settings.target.user) a login shell that runs sh, and no forced command"
            )
        }
        guard placement.system == "Linux", let probe = probes.file(forMachine: placement.machine) else {
            throw ProbeFailure(
                host: settings.name,
                step: .place,
                cause: "no probe for \(placement.system) \(placement.machine)",
                mend: "metricsd watches Linux on x86_64 and aarch64; "
                    + "scripts/build-probes builds a probe that is missing beside the program"
            )
        }
        guard !placement.directories.isEmpty else {
            throw ProbeFailure(
                host: settings.name,
                step: .place,
                cause: "no directory takes the probe (\(placement.rejections.joined(separator: "; ")))",
                mend: "Set remote-directory to one that \(settings.target.user) owns on a filesystem without noexec"
            )
        }
        let path = try place(probe, by: placement, settings: settings, session: session, observer: observer)
        let started = ContinuousClock.now
        let channel = try session.start(
            "exec \(ProbePlacement.quoted(path)) --serve",
            deadline: started + settings.target.timeout
        )
        observer?("run", started.duration(to: .now), path)
        return channel
    }

    /// The path of the probe on the host, uploaded unless it is there. A full disk moves on to the next directory.
    private static func place(
        _ probe: ProbeFile,
        by placement: ProbePlacement,
        settings: HostSettings,
        session: SSHSession,
        observer: StepObserver?
    ) throws -> String {
        let begin = ContinuousClock.now
        if let directory = placement.directories.first(where: { $0.probes.contains(probe.name) }) {
            observer?("upload", begin.duration(to: .now), "already there")
            return "\(directory.path)/\(probe.name)"
        }
        var failure: SSHError?
        for directory in placement.directories {
            let path = "\(directory.path)/\(probe.name)"
            do throws(SSHError) {
                try session.upload(probe.bytes, to: path, mode: 0o700, deadline: .now + uploadTime(settings))
            } catch {
                guard error.kind == .diskFull || error.kind == .uploadRefused else { throw error }
                failure = error
                continue
            }
            observer?("upload", begin.duration(to: .now), "\(probe.bytes.count / 1024) KiB to \(path)")
            return path
        }
        // There was at least one directory, so there is a failure.
        throw failure!
    }

    /// An upload may take longer than a poll: 1 MB over a slow line.
    private static func uploadTime(_ settings: HostSettings) -> Duration {
        max(settings.target.timeout, .seconds(60))
    }

    private static func awaitMarker(
        on channel: SSHChannel,
        settings: HostSettings,
        deadline: ContinuousClock.Instant
    ) throws -> [UInt8] {
        var scanner = PreambleScanner()
        while true {
            let bytes = try channel.read(deadline: deadline)
            guard !bytes.isEmpty else { throw ended(settings, channel, step: .start) }
            switch scanner.feed(bytes) {
            case .needMore: continue
            case .found(let rest): return rest
            case .notFound:
                throw ProbeFailure(
                    host: settings.name,
                    step: .start,
                    cause: "64 KiB of other output came before the probe's: \(ProbeFailure.excerpt(bytes))",
                    mend: "Silence what the login shell of \(settings.target.user) prints"
                )
            case .versionMismatch(let version):
                throw ProbeFailure(
                    host: settings.name,
                    step: .start,
                    cause: "the probe speaks version \(version) of the protocol",
                    mend: "Remove it from the remote directory; metricsd uploads its own"
                )
            }
        }
    }

    private static func reply(
        from channel: SSHChannel,
        opener: FrameOpener,
        settings: HostSettings,
        deadline: ContinuousClock.Instant
    ) throws -> Reply {
        do {
            while true {
                if let plaintext = try opener.next() { return try Reply(decoding: plaintext) }
                let bytes = try channel.read(deadline: deadline)
                guard !bytes.isEmpty else { throw ended(settings, channel, step: .poll) }
                opener.feed(bytes)
            }
        } catch let error as WireError {
            throw ProbeFailure(
                host: settings.name,
                step: .decrypt,
                cause: "\(error)",
                mend: "The answer was altered, cut or mixed with other output on its way; metricsd connects anew"
            )
        }
    }

    private static func unexpected(_ settings: HostSettings) -> ProbeFailure {
        ProbeFailure(
            host: settings.name,
            step: .decrypt,
            cause: "the probe answered what was not asked",
            mend: "metricsd connects anew"
        )
    }

    private static func ended(_ settings: HostSettings, _ channel: SSHChannel, step: ProbeFailure.Step) -> ProbeFailure
    {
        let printed = ProbeFailure.excerpt(channel.takeStandardError())
        let exit = try? channel.waitForExit(deadline: .now + .seconds(1))
        let status = exit.map { " (\($0))" } ?? ""
        return ProbeFailure(
            host: settings.name,
            step: step,
            cause: "the probe ended\(status)" + (printed.isEmpty ? "" : ": \(printed)"),
            mend: step == .poll
                ? "metricsd starts it anew; if it repeats, look for what kills it (OOM killer, security software)"
                : "Check that \(settings.target.user) may run programs from the remote directory (noexec, SELinux, "
                    + "AppArmor), or set remote-directory"
        )
    }
}
