import COpenSSL

extension PrivateKey {
    /// Reads a key file: OpenSSH's own format, PKCS #8, or the older PEM ones. Blocks while it is unlocked.
    static func load(_ contents: [UInt8], passphrase: [UInt8]?) throws(KeyError) -> PrivateKey {
        let text = String(decoding: contents, as: UTF8.self)
        if text.contains(OpenSSHKey.begin) {
            return try PrivateKey(owning: try OpenSSHKey(text).unlock(passphrase))
        }
        guard text.contains("-----BEGIN "), text.contains("PRIVATE KEY-----") else { throw whatItIs(text) }
        return try PrivateKey(owning: try readPEM(contents, passphrase, isLocked: text.contains("ENCRYPTED")))
    }

    private static func readPEM(
        _ contents: [UInt8],
        _ passphrase: [UInt8]?,
        isLocked: Bool
    ) throws(KeyError) -> OpaquePointer {
        if isLocked, passphrase == nil { throw KeyError.locked }
        guard let source = BIO_new_mem_buf(contents, CInt(contents.count)) else { throw KeyError.openSSL() }
        defer { BIO_free(source) }
        ERR_clear_error()
        var given = passphrase ?? []
        // Without a callback OpenSSL would ask on the terminal.
        let key = given.withUnsafeMutableBufferPointer { buffer in
            withUnsafeMutablePointer(to: &buffer) { pointer in
                PEM_read_bio_PrivateKey(
                    source,
                    nil,
                    { target, size, _, context in
                        // OpenSSL hands over the pointer that PEM_read_bio_PrivateKey was given.
                        let secret = context!.assumingMemoryBound(to: UnsafeMutableBufferPointer<UInt8>.self).pointee
                        guard secret.count <= Int(size), let target else { return -1 }
                        for (index, byte) in secret.enumerated() { target[index] = CChar(bitPattern: byte) }
                        return CInt(secret.count)
                    },
                    pointer
                )
            }
        }
        guard let key else {
            let error = KeyError.openSSL()
            throw isLocked ? KeyError(.passphraseWrong, "the passphrase is wrong (\(error.text))") : error
        }
        return key
    }

    private static func whatItIs(_ text: String) -> KeyError {
        if text.hasPrefix("PuTTY-User-Key-File") {
            return KeyError(
                .keyUnreadable,
                "it is in PuTTY's format",
                mend: "Convert it: puttygen KEY -O private-openssh -o NEW."
            )
        }
        if text.hasPrefix("ssh-") || text.hasPrefix("ecdsa-") || text.hasPrefix("---- BEGIN SSH2 PUBLIC") {
            return KeyError(
                .keyUnreadable,
                "it is the public half",
                mend: "Name the file without .pub."
            )
        }
        return KeyError(.keyUnreadable, text.isEmpty ? "it is empty" : "it is no private key")
    }
}

extension KeyError {
    static let locked = KeyError(.passphraseWrong, "it is locked and no passphrase is configured")
}
