package import Secrets

/// Where to log in, as whom, and what the other side must prove.
package struct SSHTarget: Sendable, Hashable {
    /// The host's name in the configuration; errors begin with it.
    package var name: String
    /// A host name, an IPv4 or IPv6 address (`fe80::1%eth0` and `[::1]` too).
    package var address: String
    package var port: UInt16
    package var user: String
    package var credentials: SSHCredentials
    package var hostKeyPolicy: HostKeyPolicy
    /// Files in the format of sshd(8), in order; the first is the one that `acceptNew` writes. Missing ones are empty.
    package var knownHostsFiles: [String]
    /// Bounds the whole way from resolving the name to being logged in, and every later step without a deadline.
    package var timeout: Duration
    /// The bastions that lead there, the nearest first; none where it is reached directly. The address is then resolved
    /// by the last of them. Their own `jumps` do not count.
    package var jumps: [SSHTarget]

    package init(
        name: String,
        address: String,
        port: UInt16 = 22,
        user: String,
        credentials: SSHCredentials,
        hostKeyPolicy: HostKeyPolicy = .strict,
        knownHostsFiles: [String],
        timeout: Duration = .seconds(10),
        jumps: [SSHTarget] = []
    ) {
        self.jumps = jumps
        self.name = name
        self.address = address
        self.port = port
        self.user = user
        self.credentials = credentials
        self.hostKeyPolicy = hostKeyPolicy
        self.knownHostsFiles = knownHostsFiles
        self.timeout = timeout
    }
}

/// What to log in with; tried in the order key, agent, password, keyboard-interactive, as far as the server offers it.
package struct SSHCredentials: Sendable, Hashable {
    /// Path of a private key: OpenSSH, PKCS #8 or PEM. Its `.pub` file is not needed.
    package var keyFile: String?
    /// Unlocks the key file.
    package var passphrase: Secret?
    /// For the methods `password` and `keyboard-interactive`.
    package var password: Secret?
    /// Whether the keys of an SSH agent are tried.
    package var usesAgent: Bool
    /// The agent's socket; nil is the environment variable `SSH_AUTH_SOCK`.
    package var agentSocket: String?

    package init(
        keyFile: String? = nil,
        passphrase: Secret? = nil,
        password: Secret? = nil,
        usesAgent: Bool = false,
        agentSocket: String? = nil
    ) {
        self.keyFile = keyFile
        self.passphrase = passphrase
        self.password = password
        self.usesAgent = usesAgent
        self.agentSocket = agentSocket
    }
}

/// When a server's host key is believed.
package enum HostKeyPolicy: Sendable, Hashable {
    /// Only with a matching line in a known_hosts file.
    case strict
    /// Also when no line names the host; the key is then stored. A key that differs from a stored one is refused.
    case acceptNew
    /// Only the key of this fingerprint, as `ssh-keygen -l` prints it: `SHA256:` and unpadded base64.
    case pinned(String)
}
