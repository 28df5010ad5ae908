import Configuration
import SSH

/// Placing the probe on the host and starting it.
extension HostConnection {
    static func startProbe(
        settings: HostSettings,
        session: SSHSession,
        probes: ProbeFiles,
        isReplaced: Bool,
        observer: StepObserver?
    ) throws -> SSHChannel {
        if let path = settings.installedProbe {
            return try startInstalledProbe(path, settings: settings, session: session, observer: observer)
        }
        let begin = ContinuousClock.now
        let script = ProbePlacement.script(probes: probes.files, remoteDirectory: settings.remoteDirectory)
        let answer = try naming(.place, settings, settings.target.timeout) { () throws(SSHError) in
            try session.run(
                ProbePlacement.command,
                input: script,
                outputLimit: 64 * 1024,
                deadline: begin + settings.target.timeout
            )
        }
        guard let placement = ProbePlacement(answer: answer.output) else {
            // It took the script for a key and a request.
            if String(decoding: answer.standardError, as: UTF8.self).contains("metricsd-probe: ") {
                throw ProbeFailure(
                    host: settings.name,
                    step: .place,
                    cause: "the key of \(settings.target.user) may run an installed probe and nothing else",
                    mend: "Add probe=\"PATH\" to <host name=\"\(settings.name)\">, with the path that the command in "
                        + "authorized_keys has"
                )
            }
            let printed = ProbeFailure.excerpt(answer.output.isEmpty ? answer.standardError : answer.output)
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
                mend: "Set remote-directory to one that \(settings.target.user) owns, with 2 MB of room, "
                    + "on a file system without noexec"
            )
        }
        let path = try place(
            probe,
            by: placement,
            isReplaced: isReplaced,
            settings: settings,
            session: session,
            observer: observer
        )
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
        isReplaced: Bool,
        settings: HostSettings,
        session: SSHSession,
        observer: StepObserver?
    ) throws -> String {
        let begin = ContinuousClock.now
        if !isReplaced, let directory = placement.directories.first(where: { $0.probes.contains(probe.name) }) {
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
}
