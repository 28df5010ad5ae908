import CLibSSH2
import Glibc
import Secrets

/// What was tried to log in, for the message that says why nothing worked.
struct LoginAttempts {
    var publicKeys = 0
    var notes: [String] = []
}

extension SSHSession {
    /// sshd allows six attempts by default; the last ones are kept for the password.
    private static let publicKeyLimit = 4

    /// Tries what is configured and offered, in the order key, agent, password, keyboard-interactive.
    func authenticate(until deadline: ContinuousClock.Instant) throws(SSHError) {
        let credentials = target.credentials
        var attempts = LoginAttempts()
        var offered = try offeredMethods(until: deadline)
        if isLoggedIn { return }

        if offered.contains("publickey") {
            if let file = credentials.keyFile { try tryKeyFile(file, &attempts, until: deadline) }
            if !isLoggedIn, credentials.usesAgent { try tryAgent(&attempts, until: deadline) }
        }
        // A server that wants a key and a password as well offers the password only after the key.
        if !isLoggedIn, attempts.publicKeys > 0, credentials.password != nil, !offersPassword(offered) {
            offered = try offeredMethods(until: deadline)
        }
        if !isLoggedIn, let password = try target.reveal(credentials.password) {
            if offered.contains("password") { try tryPassword(password, &attempts, until: deadline) }
            if !isLoggedIn, offered.contains("keyboard-interactive") {
                try tryKeyboardInteractive(password, &attempts, until: deadline)
            }
        }
        guard isLoggedIn else { throw refusal(attempts, offered) }
    }

    var isLoggedIn: Bool { pointer.map { libssh2_userauth_authenticated($0) == 1 } ?? false }

    private func offersPassword(_ offered: [String]) -> Bool {
        offered.contains("password") || offered.contains("keyboard-interactive")
    }

    /// Empty where the server lets the user in without anything.
    private func offeredMethods(until deadline: ContinuousClock.Instant) throws(SSHError) -> [String] {
        let pointer = try open(.authenticate)
        let user = target.user
        while true {
            context.begin(until: deadline)
            if let list = libssh2_userauth_list(pointer, user, UInt32(user.utf8.count)) {
                return String(cString: list).split(separator: ",").map(String.init)
            }
            if isLoggedIn {
                authenticatedBy = "none"
                return []
            }
            let code = libssh2_session_last_errno(pointer)
            guard code == LIBSSH2_ERROR_EAGAIN else { throw loginError(Int(code)) }
            try wait(.authenticate, until: deadline)
        }
    }

    // MARK: Public keys

    private func tryKeyFile(
        _ file: String,
        _ attempts: inout LoginAttempts,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        let key = try target.loadKey(file)
        let signer = Signer { message, method in try key.sign(message, method: method) }
        let note = "key \(file) (\(key.type) \(Digest.fingerprint(key.publicKey)))"
        if try publicKey(key.publicKey, key.type, signer, file: file, until: deadline) {
            authenticatedBy = "publickey (\(file))"
        } else {
            attempts.notes.append("\(note) refused")
        }
        attempts.publicKeys += 1
    }

    private func tryAgent(
        _ attempts: inout LoginAttempts,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        guard let path = target.credentials.agentSocket ?? getenv("SSH_AUTH_SOCK").map({ String(cString: $0) }) else {
            attempts.notes.append("no SSH agent: SSH_AUTH_SOCK is not set")
            return
        }
        let agent: Agent
        let identities: [Agent.Identity]
        do {
            agent = try Agent(path, interrupt: interrupt)
            identities = try agent.identities(until: deadline)
        } catch {
            attempts.notes.append("SSH agent \(path): \(error.text)")
            return
        }
        if identities.isEmpty { attempts.notes.append("the SSH agent holds no usable key") }
        for identity in identities where !isLoggedIn && attempts.publicKeys < SSHSession.publicKeyLimit {
            let signer = Signer { message, method in
                try agent.sign(message, with: identity.publicKey, method: method, until: deadline)
            }
            if try publicKey(identity.publicKey, identity.type, signer, file: nil, until: deadline) {
                authenticatedBy = "publickey (agent, \(identity.comment))"
            } else {
                let reason = signer.failure.map { ": \($0)" } ?? ""
                attempts.notes.append("agent's key \(identity.comment) (\(identity.type)) refused\(reason)")
            }
            attempts.publicKeys += 1
        }
    }

    /// One attempt with one key; false when the server, or the agent, refused.
    private func publicKey(
        _ key: [UInt8],
        _ type: String,
        _ signer: Signer,
        file: String?,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) -> Bool {
        let user = target.user
        var name = Signer.offeredKey(key, type)
        // libssh2 hands the address of this variable to the callback.
        var opaque: UnsafeMutableRawPointer? = Unmanaged.passUnretained(signer).toOpaque()
        let code = try withExtendedLifetime(signer) { () throws(SSHError) -> Int in
            try repeating(.authenticate, until: deadline) { pointer in
                Int(
                    libssh2_userauth_publickey(
                        pointer,
                        user,
                        &name,
                        name.count,
                        Signer.callback,
                        &opaque
                    )
                )
            }
        }
        switch CInt(clamping: code) {
        case 0: return true
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
            if let file, let failure = signer.failure {
                throw SSHError(target, .authenticate, .keyUnreadable, detail: "\(file): \(failure)")
            }
            return false
        default: throw loginError(code)
        }
    }

    // MARK: Passwords

    private func tryPassword(
        _ password: [UInt8],
        _ attempts: inout LoginAttempts,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        let user = target.user
        let code = try repeating(.authenticate, until: deadline) { pointer in
            password.withUnsafeBytes { raw in
                Int(
                    libssh2_userauth_password_ex(
                        pointer,
                        user,
                        UInt32(user.utf8.count),
                        raw.baseAddress?.assumingMemoryBound(to: CChar.self),
                        UInt32(raw.count),
                        nil
                    )
                )
            }
        }
        switch CInt(clamping: code) {
        case 0: authenticatedBy = "password"
        case LIBSSH2_ERROR_PASSWORD_EXPIRED: attempts.notes.append("the password has expired")
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED: attempts.notes.append("password refused")
        default: throw loginError(code)
        }
    }

    private func tryKeyboardInteractive(
        _ password: [UInt8],
        _ attempts: inout LoginAttempts,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        let user = target.user
        context.password = password
        context.promptsAnswered = 0
        defer { context.password = nil }
        let code = try repeating(.authenticate, until: deadline) { pointer in
            Int(
                libssh2_userauth_keyboard_interactive_ex(
                    pointer,
                    user,
                    UInt32(user.utf8.count),
                    SessionContext.answerPrompts
                )
            )
        }
        switch CInt(clamping: code) {
        case 0: authenticatedBy = "keyboard-interactive"
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
            attempts.notes.append("keyboard-interactive refused")
            if context.promptsAnswered > 1 { attempts.notes.append("the server asked for more than a password") }
        default: throw loginError(code)
        }
    }
}
