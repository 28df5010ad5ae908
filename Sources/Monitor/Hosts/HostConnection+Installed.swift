import Configuration
import SSH
import Wire

/// A probe that is installed on the host: nothing is placed, and no shell script is run.
extension HostConnection {
    static func startInstalledProbe(
        _ path: String,
        settings: HostSettings,
        session: SSHSession,
        observer: StepObserver?
    ) throws -> SSHChannel {
        let begin = ContinuousClock.now
        let channel = try session.start(
            // A restricted key runs what its line says, whatever this is.
            "exec \(ProbePlacement.quoted(path)) --serve",
            deadline: begin + settings.target.timeout
        )
        observer?("run", begin.duration(to: .now), path)
        return channel
    }

    /// What to do about an installed probe that ended before it spoke.
    static func mend(_ path: String, _ settings: HostSettings, _ exit: SSHChannel.Exit?) -> String {
        switch exit {
        case .status(127):
            "\(path) is not there: install the probe of this metricsd at that path, or correct 'probe'"
        case .status(126):
            "\(settings.target.user) may not run \(path): give it mode 755, on a file system without noexec, and take the "
                + "probe for the host's architecture"
        case .status(64):
            "The probe does not know its options, or its line in authorized_keys is damaged: install the one of this "
                + "metricsd, run `metricsd authorize \(settings.name)` again and replace the line"
        default:
            "metricsd starts it anew; if it repeats, try \(path) --version on the host as \(settings.target.user)"
        }
    }

    static func usualMend(_ step: ProbeFailure.Step, _ settings: HostSettings) -> String {
        step == .poll || step == .logs
            ? "metricsd starts it anew; if it repeats, look for what kills it (OOM killer, security software)"
            : "metricsd uploads it anew; if it repeats, check that \(settings.target.user) may run programs from the remote directory (noexec, SELinux, "
                + "AppArmor), or set remote-directory"
    }

    static func reinstalling(_ path: String) -> String {
        "Install the probe of this metricsd at \(path) on the host: metricsd-probe-x86_64 or metricsd-probe-aarch64 of "
            + "/usr/lib/metricsd"
    }

    /// Metrics of the configuration that an installed probe of another version does not have; nil where it has all.
    func unknownMetricsNotice() -> String? {
        guard let path = settings.installedProbe, !unknownMetrics.isEmpty else { return nil }
        let names = unknownMetrics.compactMap { Int($0) < plan.metrics.count ? plan.metrics[Int($0)] : nil }
        let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? "…" : "")
        return "its probe is of another version and does not know \(shown). \(Self.reinstalling(path))."
    }
}
