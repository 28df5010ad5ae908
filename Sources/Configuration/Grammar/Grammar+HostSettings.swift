extension Grammar {
    static let ports = ValueKind.integer(1...65_535)
    static let intervals = ValueKind.duration(.milliseconds(100) ... .seconds(86_400))
    static let timeouts = ValueKind.duration(.milliseconds(100) ... .seconds(600))

    /// The settings of hosts: looked up on the host, then its group, then outward to `<metricsd>`.
    static let inherited: [AttributeGrammar] = [
        .init("interval", intervals, defaultText: "60s", "Time between two polls."),
        .init(
            "timeout",
            timeouts,
            defaultText: "10s",
            "What the way from the name to being logged in may take, and each step after it. The answer to a poll is "
                + "awaited as long, but never longer than 90 % of the interval."
        ),
        .init("port", ports, defaultText: "22", "Port of the SSH server."),
        .init("user", .text, defaultText: "the account that runs metricsd", "Who logs in."),
        .init(
            "key",
            .path,
            defaultText: "the first of ~/.ssh/id_ed25519, id_ecdsa, id_rsa that exists",
            "Private key to log in with: ed25519, ecdsa or RSA, in OpenSSH's or PEM format."
        ),
        .init(
            "agent",
            .choice(["yes", "no"]),
            defaultText: "yes where SSH_AUTH_SOCK is set",
            "Whether the SSH agent's keys are tried."
        ),
        .init("password", .secret, "Password to log in with."),
        .init("password-file", .path, "File that holds the password."),
        .init("password-env", .environmentVariable, "Environment variable that holds the password."),
        .init("passphrase", .secret, "Passphrase of a locked key."),
        .init("passphrase-file", .path, "File that holds the passphrase."),
        .init("passphrase-env", .environmentVariable, "Environment variable that holds the passphrase."),
        .init(
            "known-hosts",
            .path,
            defaultText: "~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts",
            "File of the host keys that are trusted, in OpenSSH's format. With accept-new, new keys are written to it."
        ),
        .init(
            "host-key",
            .hostKey,
            defaultText: "strict",
            "strict: only keys of known-hosts. accept-new: a host that is not known yet is trusted at its first "
                + "connection and its key stored. SHA256:…: exactly the key with this fingerprint (ssh-keygen -l)."
        ),
        .init(
            "jump",
            .jump,
            defaultText: "none: it is reached directly",
            "Bastions that the way leads through, the nearest first: user@bastion:22, several separated by commas, as "
                + "ssh -J has them. The user is the host's where none stands there, the port 22. Hosts with the same way "
                + "and login share one SSH session to the bastion; the address is resolved by the last bastion. none: no "
                + "bastion, in spite of the group's."
        ),
        .init(
            "jump-key",
            .path,
            defaultText: "that of the host",
            "Private key to log in to the bastions with. A password is never given to a bastion."
        ),
        .init(
            "jump-host-key",
            .hostKey,
            defaultText: "that of the host, strict where that is a fingerprint",
            "Which host keys of bastions are trusted, as with host-key; known-hosts is the host's."
        ),
        .init(
            "ssh-config",
            .path,
            defaultText: "none",
            "Client configuration of OpenSSH, such as ~/.ssh/config: what this file leaves open is taken from there, by the "
                + "address of the host, else its name. HostName, Port, User, IdentityFile and ProxyJump, with Host and "
                + "Include; attributes here go before."
        ),
        .init(
            "remote-directory",
            .remotePath,
            defaultText: "the first of $XDG_RUNTIME_DIR, ~/.cache/metricsd, /var/tmp, /tmp, /dev/shm that serves",
            "Directory on the host for the probe; created where it is missing, and closed to other users."
        ),
        .init(
            "probe",
            .remoteFile,
            defaultText: "metricsd uploads its own",
            "Path of a probe that is installed on the host: nothing is uploaded, and nothing but it is run. For keys that "
                + "may do nothing else (metricsd authorize)."
        ),
        .init("mail", .mailAddresses, "Who gets the mails of alerts, unless an alert names others."),
        .init(
            "metrics",
            .metricTypes,
            defaultText: "standard",
            "Metric types and sets to collect; what the host's alerts name is collected too. The nearest element that "
                + "has it decides, nothing is added up."
        ),
    ]
}
