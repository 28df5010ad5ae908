import COpenSSL

/// Hashes and base64 through OpenSSL.
enum Digest {
    static func sha256(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, EVP_sha256()) }
    static func sha512(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, EVP_sha512()) }

    static func hmacSHA1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var length: UInt32 = 0
        return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            let result = HMAC(
                EVP_sha1(),
                key,
                CInt(key.count),
                message,
                message.count,
                buffer.baseAddress,
                &length
            )
            count = result == nil ? 0 : Int(length)
        }
    }

    /// `SHA256:…` as `ssh-keygen -l` prints it.
    static func fingerprint(_ key: [UInt8]) -> String {
        "SHA256:" + Base64.encode(sha256(key)).prefix { $0 != "=" }
    }

    private static func hash(_ bytes: [UInt8], _ method: OpaquePointer?) -> [UInt8] {
        var length: UInt32 = 0
        return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            let done = EVP_Digest(bytes, bytes.count, buffer.baseAddress, &length, method, nil)
            count = done == 1 ? Int(length) : 0
        }
    }
}

enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let text = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer, count in
            count = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, CInt(bytes.count)))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil where it is no padded base64.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Array(text)
        guard text.count % 4 == 0, text.count < 1 << 20 else { return nil }
        guard !text.isEmpty else { return [] }
        var failed = false
        var bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { buffer, count in
            let decoded = EVP_DecodeBlock(buffer.baseAddress, text, CInt(text.count))
            failed = decoded < 0
            count = max(0, Int(decoded))
        }
        guard !failed else { return nil }
        // OpenSSL decodes the padding as zero bytes, at most two of them.
        let padding = text.suffix(2).reduce(0) { $0 + ($1 == UInt8(ascii: "=") ? 1 : 0) }
        bytes.removeLast(padding)
        return bytes
    }
}
