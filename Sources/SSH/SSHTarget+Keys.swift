import Secrets

/// The public half of a key, as `authorized_keys` has it.
package struct PublicKey: Sendable, Equatable {
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`…, `ssh-rsa`.
    package let type: String
    package let base64: String
    /// `SHA256:…` as `ssh-keygen -l` prints it.
    package let fingerprint: String
}

/// Reading the key file. Blocks, also for unlocking it.
extension SSHTarget {
    /// The public half of the key to log in with, derived from the private one; nil where no file is configured.
    package func publicKey() throws(SSHError) -> PublicKey? {
        guard let file = credentials.keyFile else { return nil }
        let key = try loadKey(file)
        return PublicKey(
            type: key.type,
            base64: Base64.encode(key.publicKey),
            fingerprint: Digest.fingerprint(key.publicKey)
        )
    }

    func loadKey(_ file: String) throws(SSHError) -> PrivateKey {
        let passphrase = try reveal(credentials.passphrase)
        do {
            let contents = try KeyFile.read(file, limit: 256 << 10) ?? []
            return try UnlockedKeys.shared.key(file, contents: contents, passphrase: passphrase)
        } catch let error as KeyError {
            throw SSHError(self, .authenticate, error.kind, detail: "\(file): \(error.text)", mend: error.mend)
        } catch let error as FileError {
            throw SSHError(
                self,
                .authenticate,
                .keyUnreadable,
                code: Int(error.code),
                libraryText: error.text,
                detail: file
            )
        } catch {
            throw SSHError(self, .authenticate, .keyUnreadable, detail: "\(file): \(error)")
        }
    }

    func reveal(_ secret: Secret?) throws(SSHError) -> [UInt8]? {
        do {
            return try secret.map { secret throws(SecretError) in Array(try secret.reveal().utf8) }
        } catch {
            throw SSHError(self, .authenticate, .secretUnavailable, detail: error.description, mend: "")
        }
    }
}
