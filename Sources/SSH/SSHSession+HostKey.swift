import CLibSSH2

extension SSHSession {
    /// Reads the known_hosts files; missing ones are empty.
    func loadKnownHosts() throws(SSHError) -> KnownHosts {
        if case .pinned = target.hostKeyPolicy { return KnownHosts() }
        var knownHosts = KnownHosts()
        for file in target.knownHostsFiles {
            do {
                if let contents = try KeyFile.read(file, limit: 16 << 20, missingIsEmpty: true) {
                    knownHosts.add(contents, file: file)
                }
            } catch {
                throw SSHError(
                    target,
                    .hostKey,
                    .knownHostsUnusable,
                    code: Int(error.code),
                    libraryText: error.text,
                    detail: file,
                    mend: "Make it a file that this user can read."
                )
            }
        }
        return knownHosts
    }

    /// Asks for the types of key that are known, then for the others that libssh2 can verify. Ed25519 leads them, as
    /// with ssh(1): whoever pins a fingerprint has most likely seen that one.
    func preferKnownHostKeys(_ knownHosts: KnownHosts) {
        guard let pointer else { return }
        let verifiable = SSHSession.verifiableKeyTypes(pointer).filter { !$0.contains("-cert-") }
        guard !verifiable.isEmpty else { return }
        // A stored ssh-rsa key is used with any of three signature algorithms (RFC 8332).
        let known = knownHosts.keyTypes(address: target.bareAddress, port: target.port)
            .flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [$0] }
        var order: [String] = []
        for type in known + ["ssh-ed25519"] + verifiable where verifiable.contains(type) && !order.contains(type) {
            order.append(type)
        }
        libssh2_session_method_pref(pointer, LIBSSH2_METHOD_HOSTKEY, order.joined(separator: ","))
    }

    static func verifiableKeyTypes(_ pointer: OpaquePointer) -> [String] {
        var list: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        let count = libssh2_session_supported_algs(pointer, LIBSSH2_METHOD_HOSTKEY, &list)
        guard count > 0, let list else { return [] }
        defer { libssh2_free(pointer, list) }
        return (0..<Int(count)).compactMap { list[$0].map { String(cString: $0) } }
    }

    /// Believes the server's key or throws. The server has proved in the handshake that it owns the key.
    func checkHostKey(_ knownHosts: KnownHosts, until deadline: ContinuousClock.Instant) throws(SSHError) {
        let pointer = try open(.hostKey)
        var length = 0
        var kind: CInt = 0
        guard let bytes = libssh2_session_hostkey(pointer, &length, &kind), length > 0 else {
            throw SSHError(target, .hostKey, .failed, detail: "the server gave no host key")
        }
        let key = [UInt8](UnsafeRawBufferPointer(start: bytes, count: length))
        hostKeyFingerprint = Digest.fingerprint(key)
        guard let type = KeyBlob.type(key) else {
            throw SSHError(target, .hostKey, .failed, detail: "the server's host key is malformed")
        }

        if case .pinned(let expected) = target.hostKeyPolicy {
            guard SSHSession.unpadded(expected) == hostKeyFingerprint else {
                throw SSHError(
                    target,
                    .hostKey,
                    .hostKeyChanged,
                    detail: "the \(type) key is \(hostKeyFingerprint), pinned is \(expected)",
                    mend: "If the server was reinstalled, or has another type of key as well, "
                        + "configure host-key=\"\(hostKeyFingerprint)\" after checking it at the server."
                )
            }
            return
        }
        let verdict = knownHosts.verdict(
            address: target.bareAddress,
            port: target.port,
            keyType: type,
            key: key
        )
        switch verdict {
        case .trusted: return
        case .unknown where target.hostKeyPolicy == .acceptNew:
            try storeHostKey(type, key, until: deadline)
        default:
            throw hostKeyError(verdict, type)
        }
    }

    private func storeHostKey(
        _ type: String,
        _ key: [UInt8],
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) {
        guard let file = target.knownHostsFiles.first else {
            throw SSHError(
                target,
                .hostKey,
                .knownHostsUnusable,
                detail: "there is no file to store the new key in",
                mend: "Configure known-hosts."
            )
        }
        let name = KnownHosts.name(target.bareAddress, target.port)
        do {
            let verdict = try KnownHostsFile.append(
                file,
                name: name,
                address: target.bareAddress,
                port: target.port,
                keyType: type,
                key: key,
                until: deadline
            )
            // Another thread or program may have stored a key since the file was read.
            switch verdict {
            case .unknown, .trusted: return
            default: throw hostKeyError(verdict, type)
            }
        } catch let error as FileError {
            throw SSHError(
                target,
                .hostKey,
                .knownHostsUnusable,
                code: Int(error.code),
                libraryText: error.text,
                detail: "the new key cannot be stored in \(file)",
                mend: "Make its folder and the file writable for this user."
            )
        } catch let error as SSHError {
            throw error
        } catch {
            throw SSHError(target, .hostKey, .knownHostsUnusable, detail: "\(error)")
        }
    }

    private func hostKeyError(_ verdict: KnownHosts.Verdict, _ type: String) -> SSHError {
        let file = target.knownHostsFiles.first ?? "~/.ssh/known_hosts"
        let port = target.port == 22 ? "" : " -p \(target.port)"
        let scan = "`ssh-keyscan\(port) \(target.bareAddress) >> \(file)`"
        let offered = "the server has the \(type) key \(hostKeyFingerprint)"
        switch verdict {
        case .revoked(let line):
            return SSHError(
                target,
                .hostKey,
                .hostKeyRevoked,
                detail: "\(line.place) revokes the \(type) key \(hostKeyFingerprint)",
                mend: "Give the server a new host key (ssh-keygen -A there); do not log in before."
            )
        case .changed(let line):
            return SSHError(
                target,
                .hostKey,
                .hostKeyChanged,
                detail: "\(offered), \(line.place) says \(Digest.fingerprint(line.key))",
                mend: "If the server was reinstalled, remove \(line.place) and run: \(scan). "
                    + "Otherwise somebody may be in between."
            )
        case .otherTypes(let lines):
            let types = Set(lines.map(\.keyType)).sorted().joined(separator: ", ")
            return SSHError(
                target,
                .hostKey,
                .hostKeyUnknown,
                detail: "\(offered), \(lines[0].place) knows only \(types)",
                mend: "Compare the fingerprint at the server (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), "
                    + "then run: \(scan)."
            )
        case .unknown, .trusted:
            return SSHError(
                target,
                .hostKey,
                .hostKeyUnknown,
                detail: "\(offered), and no line of \(target.knownHostsFiles.joined(separator: ", ")) names it",
                mend: "Compare the fingerprint at the server (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), "
                    + "then run: \(scan)."
            )
        }
    }

    private static func unpadded(_ fingerprint: String) -> Substring {
        fingerprint.prefix { $0 != "=" }
    }
}
