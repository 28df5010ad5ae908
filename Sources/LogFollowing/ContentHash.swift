import COpenSSL

/// SHA-256 of up to 1 KiB of a file, its first 16 bytes (`man 3 SHA256`; the low-level functions keep the probe small).
enum ContentHash {
    static let limit = 1_024
    static let length = 16

    static func of(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        var context = SHA256_CTX()
        digest.withUnsafeMutableBufferPointer { digest in
            _ = SHA256_Init(&context)
            _ = SHA256_Update(&context, bytes.baseAddress, bytes.count)
            _ = SHA256_Final(digest.baseAddress, &context)
        }
        digest.removeLast(digest.count - length)
        return digest
    }
}
