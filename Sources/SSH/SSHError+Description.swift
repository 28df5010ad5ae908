extension SSHError: CustomStringConvertible {
    /// `web-1: cannot log in to 192.0.2.11:22: the server refused … (library text). Mend.`
    package var description: String {
        var text = "\(host): \(through.map { "through \($0): " } ?? "")\(attempt): \(cause)"
        if !detail.isEmpty { text += ": \(detail)" }
        // "connection refused (Connection refused)" tells nothing twice.
        if !libraryText.isEmpty, libraryText.lowercased() != cause { text += " (\(libraryText))" }
        return mend.isEmpty ? text : "\(text). \(mend)"
    }

    private var attempt: String {
        switch step {
        case .queue: "waiting to connect to \(address)"
        case .resolve: "resolving \(address)"
        case .connect: "connecting to \(address)"
        case .handshake: "SSH handshake with \(address)"
        case .hostKey: "host key of \(address)"
        case .authenticate: "login at \(address)"
        case .open: "opening a channel to \(address)"
        case .execute: "starting a command on \(address)"
        case .upload: "upload to \(address)"
        case .files: "SFTP with \(address)"
        case .transfer: "connection to \(address)"
        }
    }

    /// The kind in words.
    var cause: String {
        switch kind {
        case .nameNotFound: "no such host name"
        case .nameResolutionFailed: "the name could not be resolved"
        case .connectionRefused: "connection refused"
        case .unreachable: "no route"
        case .timedOut: "timed out"
        case .closedDuringHandshake: "the server closed the connection before the login"
        case .notSSH: "this is no SSH server"
        case .noCommonAlgorithm: "no algorithm in common"
        case .hostKeyUnknown: "unknown"
        case .hostKeyChanged: "changed"
        case .hostKeyRevoked: "revoked"
        case .knownHostsUnusable: "the known_hosts file cannot be used"
        case .keyUnreadable: "the private key cannot be used"
        case .passphraseWrong: "the private key cannot be unlocked"
        case .agentUnusable: "the SSH agent cannot be used"
        case .secretUnavailable: "a secret cannot be had"
        case .authenticationRefused: "refused"
        case .noUsableMethod: "no way to log in is left"
        case .connectionLost: "the connection was lost"
        case .channelRefused: "the server refused"
        case .forwardingRefused: "the bastion refused"
        case .notConnected: "the bastion cannot connect"
        case .commandRefused: "the server refused"
        case .diskFull: "the disk is full"
        case .uploadRefused: "the file could not be stored"
        case .noSuchFile: "no such file or directory"
        case .fileExists: "the name is taken"
        case .permissionDenied: "permission denied"
        case .unsupported: "not supported"
        case .requestFailed: "the server failed"
        case .interrupted: "interrupted"
        case .failed: "failed"
        }
    }

    static func usualMend(_ kind: Kind, _ step: Step, _ target: SSHTarget) -> String {
        switch kind {
        case .nameNotFound: "Check the address of the host in the configuration and in the DNS."
        case .nameResolutionFailed: "Check the name servers in /etc/resolv.conf, or configure an IP address."
        case .connectionRefused: "Check that sshd runs there and that port \(target.port) is the right one."
        case .unreachable: "Check the address, the routes and the firewalls between the two machines."
        case .timedOut:
            switch step {
            case .resolve: "Check the name servers in /etc/resolv.conf, or configure an IP address."
            case .connect: "Check that the host is up and that no firewall drops port \(target.port)."
            default: "Check the load of the host; a longer timeout helps a slow one."
            }
        case .closedDuringHandshake:
            "It will be tried again; if it stays, raise MaxStartups in its sshd_config or look into its auth log."
        case .notSSH: "Check the port: \(target.port) is served by something else."
        case .noCommonAlgorithm: "Enable a current algorithm in its sshd_config (see sshd -T)."
        case .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked, .knownHostsUnusable: ""
        case .keyUnreadable: "Make it a private key file that this user can read."
        case .passphraseWrong: "Configure the right passphrase (passphrase-file)."
        case .agentUnusable: "Start ssh-agent and export SSH_AUTH_SOCK, or configure a key."
        case .secretUnavailable: "Configure it."
        case .authenticationRefused:
            "Add the public key to ~\(target.user)/.ssh/authorized_keys there, or mend user, key or password here."
        case .noUsableMethod: "Configure a key or a password that the server accepts."
        case .connectionLost: "It will be connected again."
        case .channelRefused: "Raise MaxSessions in its sshd_config, or end other sessions of this connection."
        case .forwardingRefused:
            "Let it forward: AllowTcpForwarding and PermitOpen \(target.displayAddress) in its sshd_config, and no "
                + "no-port-forwarding or restrict in its authorized_keys."
        case .notConnected:
            "Check there that the host is up, that its name resolves, and that port \(target.port) can be reached."
        case .commandRefused: "Check ForceCommand, the login shell and restrictions in authorized_keys."
        case .diskFull where step == .files: "Free space there, or raise the quota of \(target.user)."
        case .diskFull: "Free space there, or configure another remote-directory."
        case .uploadRefused: "Check the folder's permissions, or configure another remote-directory."
        case .noSuchFile: "Make the directory there, or mend the path in the configuration."
        case .fileExists: "Move the other file away."
        case .permissionDenied: "Let \(target.user) write there: look at owner and mode of the directory."
        case .unsupported: "Use another server, or a newer one."
        case .requestFailed: "Look into the log of its SFTP server (internal-sftp -l INFO), and at its disk and quota."
        case .interrupted, .failed: ""
        }
    }
}
