/// A step on the way to a host that failed: the facts, whether it may pass by itself, and one sentence with the mend.
package struct SSHError: Error, Sendable {
    /// Where on the way it happened, in the order of the way.
    package enum Step: String, Sendable, CaseIterable {
        case queue, resolve, connect, handshake, hostKey, authenticate, open, execute, upload, files, transfer
    }

    package enum Kind: String, Sendable, CaseIterable {
        /// The name has no address.
        case nameNotFound
        /// The resolver failed or did not answer.
        case nameResolutionFailed
        /// Nothing listens on the port.
        case connectionRefused
        /// The network says that there is no way to the address.
        case unreachable
        case timedOut
        /// The server ended the connection before the handshake was over: sshd's MaxStartups, or hosts.deny. Try again soon.
        case closedDuringHandshake
        /// Something else than SSH answers.
        case notSSH
        case noCommonAlgorithm
        /// No known_hosts line names the host (with this type of key).
        case hostKeyUnknown
        /// A known_hosts line, or the pinned fingerprint, says another key.
        case hostKeyChanged
        case hostKeyRevoked
        case knownHostsUnusable
        case keyUnreadable
        case passphraseWrong
        case agentUnusable
        case secretUnavailable
        /// The server refused what was offered.
        case authenticationRefused
        /// Nothing is configured that the server would accept.
        case noUsableMethod
        /// An established connection ended.
        case connectionLost
        /// The server opens no further channel: sshd's MaxSessions.
        case channelRefused
        /// A bastion does not carry connections, or not to this host: AllowTcpForwarding, PermitOpen.
        case forwardingRefused
        /// A bastion tried and could not connect to the host.
        case notConnected
        case commandRefused
        case diskFull
        /// The other side refused to store the file: no permission, no folder.
        case uploadRefused
        /// SFTP: the path, or a directory on the way to it, is not there.
        case noSuchFile
        /// SFTP: the name is taken.
        case fileExists
        case permissionDenied
        /// The server cannot do that.
        case unsupported
        /// SFTP's general "failure": the server does not say why.
        case requestFailed
        case interrupted
        /// Anything else that the library reports.
        case failed
    }

    /// The host's name in the configuration.
    package let host: String
    /// The address as configured, with the port.
    package let address: String
    package let step: Step
    package let kind: Kind
    /// The number that libssh2, errno or the server gave; 0 where there is none.
    package let code: Int
    /// What the library or the server said, as it is.
    package let libraryText: String
    /// What was found out beyond the kind, as a clause ("line 12 of … has another ssh-ed25519 key").
    package let detail: String
    /// What to do about it, one imperative sentence.
    package let mend: String
    /// The bastion behind which it happened, or that failed itself: `user@address:port`; nil where there is none.
    package let through: String?
    /// Whether that bastion failed, and not the host behind it.
    package let bastionFailed: Bool

    init(
        _ target: SSHTarget,
        _ step: Step,
        _ kind: Kind,
        code: Int = 0,
        libraryText: String = "",
        detail: String = "",
        mend: String? = nil,
        through: String? = nil
    ) {
        self.through = through
        bastionFailed = false
        host = target.name
        address = target.displayAddress
        self.step = step
        self.kind = kind
        self.code = code
        self.libraryText = libraryText
        self.detail = detail
        self.mend = mend ?? SSHError.usualMend(kind, step, target)
    }

    /// What the failure of a bastion is to a host behind it.
    func onTheWay(to target: SSHTarget, through bastion: SSHTarget) -> SSHError {
        SSHError(self, host: target.name, through: through ?? bastion.loginText)
    }

    private init(_ error: SSHError, host: String, through: String?) {
        self.host = host
        self.through = through
        bastionFailed = true
        address = error.address
        step = error.step
        kind = error.kind
        code = error.code
        libraryText = error.libraryText
        detail = error.detail
        mend = error.mend
    }

    /// Whether the same attempt may succeed later with nothing changed here.
    package var isTransient: Bool {
        switch kind {
        case .nameResolutionFailed, .connectionRefused, .unreachable, .timedOut, .closedDuringHandshake,
            .connectionLost, .channelRefused, .notConnected, .diskFull, .requestFailed, .interrupted, .agentUnusable,
            .failed:
            true
        case .nameNotFound, .notSSH, .noCommonAlgorithm, .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked,
            .knownHostsUnusable, .keyUnreadable, .passphraseWrong, .secretUnavailable, .authenticationRefused,
            .noUsableMethod, .forwardingRefused, .commandRefused, .uploadRefused, .noSuchFile, .fileExists,
            .permissionDenied, .unsupported:
            false
        }
    }

    /// Whether one side does not accept the other: trying again often would look like an attack.
    package var isRefusal: Bool {
        switch kind {
        case .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked, .authenticationRefused, .noUsableMethod: true
        default: false
        }
    }
}

extension SSHTarget {
    /// `address:port`, with brackets around IPv6.
    package var displayAddress: String {
        let bare = bareAddress
        return bare.utf8.contains(UInt8(ascii: ":")) ? "[\(bare)]:\(port)" : "\(bare):\(port)"
    }

    /// The hops to it and itself, in the order of the way.
    package var way: [SSHTarget] { jumps + [bare] }

    private var bare: SSHTarget {
        var target = self
        target.jumps = []
        return target
    }

    /// `user@address:port`.
    package var loginText: String { "\(user)@\(displayAddress)" }

    /// The address without the brackets of `[::1]`.
    var bareAddress: String {
        address.hasPrefix("[") && address.hasSuffix("]") ? String(address.dropFirst().dropLast()) : address
    }
}
