import COpenSSL

/// A private key that signs for public key authentication (RFC 4252 section 7).
///
/// libssh2 1.10 reads key files itself, but signs with SHA-1 where the key is RSA, which sshd has refused since 8.8.
/// So the files are read here, for all types alike, and libssh2 asks back for the signature.
final class PrivateKey: @unchecked Sendable {
    // @unchecked: several threads sign with one EVP_PKEY. That is sound by openssl-threads(7): an object may be shared
    // as long as nobody changes it, and nobody does after the init; each signature has a context of its own; what
    // OpenSSL itself keeps in the key (the reference count, RSA's blinding, what it derived for a provider) it changes
    // atomically or under the key's lock.
    private let key: OpaquePointer
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`…, `ssh-rsa`.
    let type: String
    /// The public half as RFC 4253 section 6.6 encodes it.
    let publicKey: [UInt8]

    /// Takes the EVP_PKEY over, also when it fails.
    init(owning key: OpaquePointer) throws(KeyError) {
        do {
            (type, publicKey) = try PrivateKey.describe(key)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature without the type that goes before it.
    /// - Parameter method: the algorithm's name; for RSA it says the hash.
    func sign(_ message: [UInt8], method: String) throws(KeyError) -> [UInt8] {
        switch method {
        case "ssh-ed25519": return try digestSign(message, nil)
        case "rsa-sha2-512": return try digestSign(message, EVP_sha512())
        case "rsa-sha2-256": return try digestSign(message, EVP_sha256())
        case "ssh-rsa": return try digestSign(message, EVP_sha1())
        case "ecdsa-sha2-nistp256": return try PrivateKey.pair(try digestSign(message, EVP_sha256()))
        case "ecdsa-sha2-nistp384": return try PrivateKey.pair(try digestSign(message, EVP_sha384()))
        case "ecdsa-sha2-nistp521": return try PrivateKey.pair(try digestSign(message, EVP_sha512()))
        default: throw KeyError(.keyUnreadable, "no way to sign with \(method)")
        }
    }

    private func digestSign(_ message: [UInt8], _ hash: OpaquePointer?) throws(KeyError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw KeyError.openSSL() }
        defer { EVP_MD_CTX_free(context) }
        var length = 0
        guard EVP_DigestSignInit(context, nil, hash, nil, key) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { throw KeyError.openSSL() }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
            throw KeyError.openSSL()
        }
        return Array(signature[..<length])
    }

    /// OpenSSL gives ECDSA signatures in ASN.1, SSH wants the two numbers (RFC 5656 section 3.1.2).
    private static func pair(_ signature: [UInt8]) throws(KeyError) -> [UInt8] {
        let parsed = signature.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, buffer.count)
        }
        guard let parsed else { throw KeyError.openSSL() }
        defer { ECDSA_SIG_free(parsed) }
        return KeyBlob.integer(BigNumber.bytes(ECDSA_SIG_get0_r(parsed)))
            + KeyBlob.integer(BigNumber.bytes(ECDSA_SIG_get0_s(parsed)))
    }

    private static func describe(_ key: OpaquePointer) throws(KeyError) -> (String, [UInt8]) {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_ED25519:
            var length = 32
            var point = [UInt8](repeating: 0, count: length)
            guard EVP_PKEY_get_raw_public_key(key, &point, &length) == 1 else { throw KeyError.openSSL() }
            return ("ssh-ed25519", KeyBlob.string("ssh-ed25519") + KeyBlob.string(point))
        case EVP_PKEY_RSA:
            let bits = EVP_PKEY_get_bits(key)
            guard bits >= 1_024 else { throw KeyError(.keyUnreadable, "an RSA key of \(bits) bits is too short") }
            let exponent = try number(key, "e")
            let modulus = try number(key, "n")
            return (
                "ssh-rsa", KeyBlob.string("ssh-rsa") + KeyBlob.integer(exponent) + KeyBlob.integer(modulus)
            )
        case EVP_PKEY_EC:
            guard let curve = ["prime256v1": "nistp256", "secp384r1": "nistp384", "secp521r1": "nistp521"][group(key)]
            else { throw KeyError(.keyUnreadable, "SSH has no keys on the curve \(group(key))") }
            var point = [UInt8](repeating: 0, count: 256)
            var length = 0
            guard EVP_PKEY_get_octet_string_param(key, "pub", &point, point.count, &length) == 1 else {
                throw KeyError.openSSL()
            }
            let type = "ecdsa-sha2-\(curve)"
            return (type, KeyBlob.string(type) + KeyBlob.string(curve) + KeyBlob.string(point[..<length]))
        default:
            throw KeyError(.keyUnreadable, "only ed25519, ecdsa and rsa keys can be used")
        }
    }

    private static func group(_ key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        guard EVP_PKEY_get_utf8_string_param(key, "group", &name, name.count, &length) == 1 else { return "?" }
        return String(decoding: name[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func number(_ key: OpaquePointer, _ name: String) throws(KeyError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1 else { throw KeyError.openSSL() }
        defer { BN_free(number) }
        return BigNumber.bytes(number)
    }
}

enum BigNumber {
    static func bytes(_ number: OpaquePointer?) -> [UInt8] {
        let length = (Int(BN_num_bits(number)) + 7) / 8
        return [UInt8](unsafeUninitializedCapacity: max(1, length)) { buffer, count in
            count = Int(BN_bn2bin(number, buffer.baseAddress))
        }
    }
}

/// Why a key cannot be used.
struct KeyError: Error {
    let kind: SSHError.Kind
    let text: String
    let mend: String?

    init(_ kind: SSHError.Kind, _ text: String, mend: String? = nil) {
        self.kind = kind
        self.text = text
        self.mend = mend
    }

    /// OpenSSL's own reason.
    static func openSSL(_ kind: SSHError.Kind = .keyUnreadable) -> KeyError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return KeyError(kind, "OpenSSL gives no reason") }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        return KeyError(kind, String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
