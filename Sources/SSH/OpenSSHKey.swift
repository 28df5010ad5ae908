import COpenSSL

/// A key in the format that ssh-keygen writes (PROTOCOL.key of OpenSSH).
struct OpenSSHKey {
    static let begin = "-----BEGIN OPENSSH PRIVATE KEY-----"
    private static let end = "-----END OPENSSH PRIVATE KEY-----"
    /// `ssh-keygen -a` writes any number; this one takes about a minute.
    private static let roundsLimit = 4_096

    private let cipher: String
    private let derivation: String
    private let salt: [UInt8]
    let rounds: Int
    private let locked: [UInt8]
    private let tag: [UInt8]

    init(_ text: String) throws(KeyError) {
        guard let begin = text.firstRange(of: OpenSSHKey.begin), let end = text.firstRange(of: OpenSSHKey.end),
            begin.upperBound <= end.lowerBound,
            let bytes = Base64.decode(text[begin.upperBound..<end.lowerBound].utf8.filter { $0 > 32 })
        else { throw KeyError(.keyUnreadable, "it is cut or damaged") }
        var reader = BlobReader(bytes)
        guard let magic = reader.bytes(15), magic == Array("openssh-key-v1\0".utf8),
            let cipher = reader.text(), let derivation = reader.text(), let options = reader.string(),
            reader.number() == 1, reader.string() != nil, let locked = reader.string()
        else { throw KeyError(.keyUnreadable, "it is cut or damaged") }
        self.cipher = cipher
        self.derivation = derivation
        self.locked = locked
        tag = reader.bytes(16) ?? []
        var optionReader = BlobReader(options)
        salt = optionReader.string() ?? []
        rounds = Int(optionReader.number() ?? 0)
    }

    /// The key as an EVP_PKEY that the caller frees.
    func unlock(_ passphrase: [UInt8]?) throws(KeyError) -> OpaquePointer {
        var reader = BlobReader(try decrypt(passphrase))
        // Two equal random numbers in front tell the right passphrase.
        guard let first = reader.number(), first == reader.number() else {
            if cipher == "none" { throw KeyError(.keyUnreadable, "it is damaged") }
            throw KeyError(.passphraseWrong, "the passphrase is wrong")
        }
        guard let type = reader.text(), let key = try privateKey(type, &reader) else {
            throw KeyError(.keyUnreadable, "it is damaged")
        }
        return key
    }

    private func decrypt(_ passphrase: [UInt8]?) throws(KeyError) -> [UInt8] {
        if cipher == "none" { return locked }
        guard let passphrase, !passphrase.isEmpty else { throw KeyError.locked }
        let known: [String: (String, key: Int, vector: Int)] = [
            "aes128-ctr": ("AES-128-CTR", 16, 16), "aes192-ctr": ("AES-192-CTR", 24, 16),
            "aes256-ctr": ("AES-256-CTR", 32, 16), "aes128-cbc": ("AES-128-CBC", 16, 16),
            "aes192-cbc": ("AES-192-CBC", 24, 16), "aes256-cbc": ("AES-256-CBC", 32, 16),
            "aes128-gcm@openssh.com": ("id-aes128-GCM", 16, 12),
            "aes256-gcm@openssh.com": ("id-aes256-GCM", 32, 12),
        ]
        guard let (name, keyLength, vectorLength) = known[cipher], derivation == "bcrypt" else {
            throw KeyError(
                .keyUnreadable,
                "it is locked with \(cipher), \(derivation)",
                mend: "Lock it anew: ssh-keygen -p -Z aes256-ctr -f KEY."
            )
        }
        guard (1...OpenSSHKey.roundsLimit).contains(rounds), !salt.isEmpty else {
            throw KeyError(.keyUnreadable, "it is locked with \(rounds) rounds of bcrypt")
        }
        let derived = BcryptPBKDF.derive(passphrase, salt: salt, rounds: rounds, count: keyLength + vectorLength)
        return try open(name, Array(derived[..<keyLength]), Array(derived[keyLength...]))
    }

    private func open(_ name: String, _ key: [UInt8], _ vector: [UInt8]) throws(KeyError) -> [UInt8] {
        guard let context = EVP_CIPHER_CTX_new(), let method = EVP_get_cipherbyname(name) else {
            throw KeyError.openSSL()
        }
        defer { EVP_CIPHER_CTX_free(context) }
        var opened = [UInt8](repeating: 0, count: locked.count + 32)
        var length: CInt = 0
        var rest: CInt = 0
        var final = [UInt8](repeating: 0, count: 32)
        var tag = tag
        guard EVP_DecryptInit_ex(context, method, nil, key, vector) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_DecryptUpdate(context, &opened, &length, locked, CInt(locked.count)) == 1
        else { throw KeyError.openSSL() }
        if name.hasSuffix("GCM") {
            guard tag.count == 16, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1 else {
                throw KeyError(.keyUnreadable, "it is cut or damaged")
            }
        }
        guard EVP_DecryptFinal_ex(context, &final, &rest) == 1 || !name.hasSuffix("GCM") else {
            throw KeyError(.passphraseWrong, "the passphrase is wrong")
        }
        return Array(opened[..<Int(length)])
    }

    private func privateKey(_ type: String, _ reader: inout BlobReader) throws(KeyError) -> OpaquePointer? {
        switch type {
        case "ssh-ed25519":
            guard reader.string()?.count == 32, let secret = reader.string(), secret.count == 64 else { return nil }
            return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, secret, 32)
        case "ssh-rsa":
            guard let n = reader.string(), let e = reader.string(), let d = reader.string(),
                let inverse = reader.string(), let p = reader.string(), let q = reader.string()
            else { return nil }
            let parts = [[0], n, e, d, p, q, DER.remainder(d, p), DER.remainder(d, q), inverse]
            return DER.privateKey(DER.sequence(parts.map(DER.integer)))
        case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
            guard let curve = reader.text(), let point = reader.string(), let secret = reader.string(),
                let identifier = DER.curves[curve]
            else { return nil }
            // ECPrivateKey of RFC 5915.
            return DER.privateKey(
                DER.sequence([
                    DER.integer([1]), DER.element(0x04, Array(secret.drop { $0 == 0 })),
                    DER.element(0xa0, DER.element(0x06, identifier)),
                    DER.element(0xa1, DER.element(0x03, [0] + point)),
                ])
            )
        default:
            throw KeyError(.keyUnreadable, "keys of the type \(type) cannot be used; ed25519, ecdsa and rsa can")
        }
    }
}

/// The little of ASN.1 DER that carries a key's numbers to OpenSSL.
private enum DER {
    static let curves: [String: [UInt8]] = [
        "nistp256": [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        "nistp384": [0x2b, 0x81, 0x04, 0x00, 0x22],
        "nistp521": [0x2b, 0x81, 0x04, 0x00, 0x23],
    ]

    static func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
        let count = contents.count
        if count < 128 { return [tag, UInt8(count)] + contents }
        if count < 256 { return [tag, 0x81, UInt8(count)] + contents }
        return [tag, 0x82, UInt8(count >> 8 & 255), UInt8(count & 255)] + contents
    }

    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        return element(0x02, digits.first.map { $0 >= 128 } ?? true ? [0] + digits : digits)
    }

    static func sequence(_ elements: [[UInt8]]) -> [UInt8] { element(0x30, elements.flatMap { $0 }) }

    static func privateKey(_ bytes: [UInt8]) -> OpaquePointer? {
        guard bytes.count < 1 << 16 else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_AutoPrivateKey(nil, &start, buffer.count)
        }
    }

    /// number mod (prime − 1)
    static func remainder(_ number: [UInt8], _ prime: [UInt8]) -> [UInt8] {
        guard let context = BN_CTX_new() else { return [] }
        defer { BN_CTX_free(context) }
        let value = BN_bin2bn(number, CInt(number.count), nil)
        let modulus = BN_bin2bn(prime, CInt(prime.count), nil)
        defer {
            BN_clear_free(value)
            BN_clear_free(modulus)
        }
        guard value != nil, modulus != nil, BN_sub_word(modulus, 1) == 1, BN_is_zero(modulus) == 0,
            BN_div(nil, value, value, modulus, context) == 1
        else { return [] }
        return BigNumber.bytes(value)
    }
}
