package import Configuration
import Journal
import SSH

extension ServerConfiguration {
    /// As much of a configuration as the journal knows: which hosts there are. For commands that look at a running metricsd, or
    /// steer it, while its file is broken; nothing can be connected to with it.
    ///
    /// - Throws: `JournalError`, e.g. when metricsd has never run on the state directory.
    package init(rememberedIn stateDirectory: String, file: String) throws {
        let journal = try Journal(readingAt: "\(stateDirectory)/\(Journal.fileName)")
        let hosts = try journal.hostStates().map { state in
            HostSettings(
                name: state.host,
                target: SSHTarget(
                    name: state.host,
                    address: state.address,
                    user: "",
                    credentials: SSHCredentials(),
                    knownHostsFiles: []
                ),
                interval: .seconds(60),
                timeout: .seconds(10),
                metrics: [],
                // No host can have such a name.
                isBastion: state.host.hasPrefix("jump:")
            )
        }
        self.init(
            file: file,
            stateDirectory: stateDirectory,
            hosts: hosts.filter { !$0.isBastion },
            bastions: hosts.filter(\.isBastion)
        )
        isRemembered = true
    }
}
