import CLibSSH2

extension SSHSession {
    /// The server said no to everything, or there was nothing to offer.
    func refusal(_ attempts: LoginAttempts, _ offered: [String]) -> SSHError {
        let offers = "the server offers \(offered.isEmpty ? "nothing" : offered.joined(separator: ", "))"
        let triedNothing = attempts.publicKeys == 0 && !attempts.notes.contains { $0.hasSuffix("refused") }
        let detail = (["user \(target.user)"] + attempts.notes + [offers]).joined(separator: "; ")
        return SSHError(
            target,
            .authenticate,
            triedNothing ? .noUsableMethod : .authenticationRefused,
            code: Int(LIBSSH2_ERROR_AUTHENTICATION_FAILED),
            detail: detail,
            mend: triedNothing ? nil : signatureMend(attempts) ?? passwordMend(attempts)
        )
    }

    /// Where no key was offered, no authorized_keys helps.
    private func passwordMend(_ attempts: LoginAttempts) -> String? {
        attempts.publicKeys > 0 ? nil : "Configure the right user and password, or set this password there."
    }

    /// dropbear takes an RSA key only under its own name, which libssh2 before 1.11 cannot send with SHA-256.
    private func signatureMend(_ attempts: LoginAttempts) -> String? {
        guard let pointer, let banner = libssh2_session_banner_get(pointer), libssh2_version(0x01_0b00) == nil,
            String(cString: banner).contains("dropbear"), attempts.notes.contains(where: { $0.contains("(ssh-rsa") })
        else { return nil }
        return "Use an ed25519 or ecdsa key with dropbear: for RSA keys there this program needs libssh2 1.11."
    }

    /// An error between the attempts: sshd ends the connection when there were too many.
    func loginError(_ code: Int) -> SSHError {
        let error = error(.authenticate, code)
        guard error.kind == .connectionLost else { return error }
        return SSHError(
            target,
            .authenticate,
            .connectionLost,
            code: code,
            libraryText: error.libraryText,
            detail: "the server ended the connection during the login",
            mend: "If it stays, look into the server's auth log (too many attempts, AllowUsers, a full process table)."
        )
    }
}
