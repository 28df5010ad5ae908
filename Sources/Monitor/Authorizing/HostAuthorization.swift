package import Configuration
import Glibc
import Journal
import SSH

/// `metricsd authorize HOST`: the line of `authorized_keys` with which the host's key can run the installed probe and
/// nothing else, and what to do with it.
package struct HostAuthorization: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        /// One line with the mend.
        package let description: String
        /// Whether the configuration is what has to be mended.
        package let isOfConfiguration: Bool
    }

    /// Without a line end.
    package let line: String
    /// For people: where the line and the probe belong.
    package let instructions: [String]

    /// Reads the key; blocks while it is unlocked. Connects to nothing.
    package init(_ host: HostSettings, in configuration: ServerConfiguration) throws(Failure) {
        let name = host.name
        guard let probe = host.installedProbe else {
            throw Failure(
                description:
                    "\(name) has no installed probe, and a restricted key cannot upload one. Install it there, e.g. as "
                    + "/usr/lib/metricsd/metricsd-probe, and add probe=\"/usr/lib/metricsd/metricsd-probe\" to its <host>.",
                isOfConfiguration: true
            )
        }
        let options = try Self.options(host, probe: probe)
        let key: PublicKey?
        do {
            key = try host.target.publicKey()
        } catch {
            throw Failure(description: error.description, isOfConfiguration: false)
        }
        guard let key else { throw Self.withoutKeyFile(host, options) }
        line = "\(options) \(key.type) \(key.base64) metricsd@\(Self.ownName)"
        instructions =
            [
                "Put the line into the file .ssh/authorized_keys of \(host.target.user) on \(name) "
                    + "(\(host.target.displayAddress)), and take every other line with this key out there: "
                    + "\(key.type) \(key.fingerprint).",
                Self.allowed(host),
            ] + Self.placement(of: probe, on: host, in: configuration)
    }

    private static func options(_ host: HostSettings, probe: String) throws(Failure) -> String {
        do {
            return try AuthorizedKeyOptions(
                probe: probe,
                commands: host.commands.map(\.run),
                logs: host.logs.map(\.path)
            ).text
        } catch {
            let what =
                host.commands.first { $0.run == error.text }.map { "the command \($0.name)" }
                ?? "a path of \(host.name)"
            throw Failure(
                description:
                    "\(what) has a line end or another control character in it, which a line of authorized_keys cannot "
                    + "hold. Put the commands into a script on the host and run that.",
                isOfConfiguration: true
            )
        }
    }

    /// Nothing tells which of the agent's keys a host accepts.
    private static func withoutKeyFile(_ host: HostSettings, _ options: String) -> Failure {
        guard host.target.credentials.usesAgent else {
            return Failure(
                description:
                    "\(host.name) is logged in to without a key. A line of authorized_keys is about a key: make one "
                    + "(ssh-keygen -t ed25519) and name it with key=\"…\".",
                isOfConfiguration: true
            )
        }
        return Failure(
            description:
                "\(host.name) is logged in to with the keys of the SSH agent, and only you know which one is meant. Name it "
                + "with key=\"…\", or take its line of `ssh-add -L` and put this and a space before it: \(options)",
            isOfConfiguration: true
        )
    }

    private static func allowed(_ host: HostSettings) -> String {
        let commands = host.commands.map(\.name)
        let logs = host.logs.map(\.name)
        var parts = ["all metrics"]
        if !commands.isEmpty { parts.append("the commands \(commands.joined(separator: ", "))") }
        if !logs.isEmpty { parts.append("the logs \(logs.joined(separator: ", "))") }
        return "It allows \(parts.joined(separator: "; ")). Run this again and replace the line when they change."
    }

    private static func placement(
        of probe: String,
        on host: HostSettings,
        in configuration: ServerConfiguration
    ) -> [String] {
        let files: [ProbeFile]
        do {
            files = try ProbeFiles().files
        } catch {
            return ["The probe belongs at \(probe) there. \(error)"]
        }
        let known = architecture(of: host, in: configuration).flatMap { ProbeFiles.architectures[$0] }
        let fitting = files.filter { known == nil || $0.architecture == known }
        guard !fitting.isEmpty else {
            return ["The probe for \(known ?? "") belongs at \(probe) there; scripts/build-probes builds it."]
        }
        let sources = fitting.map { "\($0.path) here for \($0.architecture)" }.joined(separator: ", ")
        let source = fitting.count == 1 ? fitting[0].path : "FILE"
        return [
            "The probe belongs at \(probe) there, owned by root, with mode 755. It is \(sources).",
            "For example: ssh \(way(to: host.target))root@\(host.target.address) 'install -D -m 755 /dev/stdin "
                + "\(AuthorizedKeyOptions.shellWord(probe))' < \(source)",
        ]
    }

    /// Options of ssh(1), each with a space behind it.
    private static func way(to target: SSHTarget) -> String {
        let jumps = target.jumps.map(\.loginText).joined(separator: ",")
        return (target.port == 22 ? "" : "-p \(target.port) ") + (jumps.isEmpty ? "" : "-J \(jumps) ")
    }

    /// `uname -m`, where metricsd has seen the host.
    private static func architecture(of host: HostSettings, in configuration: ServerConfiguration) -> String? {
        let journal = try? Journal(readingAt: "\(configuration.stateDirectory)/\(Journal.fileName)")
        let states = try? journal?.hostStates()
        return states?.first { $0.host == host.name }?.architecture
    }

    private static var ownName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        return text.isEmpty || !isPlain ? "localhost" : text
    }
}
