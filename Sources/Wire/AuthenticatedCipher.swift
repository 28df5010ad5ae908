#if !hasFeature(Embedded)
    import COpenSSL

    /// AES-256-GCM by OpenSSL's `EVP` interface (`man 3 EVP_EncryptInit`), which uses the processor's AES instructions.
    ///
    /// One context for all frames of a direction: only the nonce changes, the key schedule stays.
    final class AuthenticatedCipher {
        enum Use: Int32 {
            case opening = 0
            case sealing = 1
        }

        private let context: OpaquePointer

        init(key: [UInt8], use: Use) throws(WireError) {
            guard key.count == Frame.keyLength else { throw .wrongKeyLength(key.count) }
            guard let context = EVP_CIPHER_CTX_new() else { throw .cipherFailed }
            self.context = context
            // GCM's nonce length is 12 bytes unless told otherwise.
            guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nil, use.rawValue) == 1 else {
                throw .cipherFailed
            }
        }

        // Wipes the key schedule before it frees it.
        deinit { EVP_CIPHER_CTX_free(context) }

        /// - Parameters:
        ///   - rest: what follows `plain` in the message.
        ///   - sealed: takes the ciphertext and the tag behind it.
        func seal(
            _ plain: UnsafeRawBufferPointer,
            followedBy rest: UnsafeRawBufferPointer? = nil,
            nonce: UnsafeRawBufferPointer,
            header: UnsafeRawBufferPointer,
            into sealed: UnsafeMutableRawBufferPointer
        ) -> Bool {
            guard begin(nonce, header), update(plain, into: sealed.baseAddress),
                rest.map({ update($0, into: sealed.baseAddress?.advanced(by: plain.count)) }) ?? true
            else { return false }
            let tag = sealed.baseAddress?.advanced(by: plain.count + (rest?.count ?? 0))
            var length: Int32 = 0
            return EVP_CipherFinal_ex(context, tag?.assumingMemoryBound(to: UInt8.self), &length) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Frame.tagLength), tag) == 1
        }

        /// - Parameter sealed: the ciphertext and the tag behind it.
        func open(
            _ sealed: UnsafeRawBufferPointer,
            nonce: UnsafeRawBufferPointer,
            header: UnsafeRawBufferPointer,
            into plain: UnsafeMutableRawBufferPointer
        ) -> Bool {
            let length = sealed.count - Frame.tagLength
            let tag = UnsafeMutableRawPointer(mutating: sealed.baseAddress?.advanced(by: length))
            // OpenSSL copies the tag; its interface has no const there. What was written to `plain` before the tag
            // turns out wrong is thrown away by the caller.
            guard begin(nonce, header),
                update(UnsafeRawBufferPointer(rebasing: sealed[..<length]), into: plain.baseAddress),
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Frame.tagLength), tag) == 1
            else { return false }
            var rest: (UInt64, UInt64) = (0, 0)
            var restLength: Int32 = 0
            return withUnsafeMutableBytes(of: &rest) {
                EVP_CipherFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), &restLength) == 1
            }
        }

        private func begin(_ nonce: UnsafeRawBufferPointer, _ header: UnsafeRawBufferPointer) -> Bool {
            guard nonce.count == Frame.nonceLength else { return false }
            let start = nonce.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let bytes = header.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var written: Int32 = 0
            return EVP_CipherInit_ex(context, nil, nil, nil, start, -1) == 1
                && EVP_CipherUpdate(context, nil, &written, bytes, Int32(header.count)) == 1
        }

        private func update(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer?) -> Bool {
            // A frame without a plaintext has nothing to update, and OpenSSL takes a nil output for more header.
            if input.isEmpty { return true }
            var written: Int32 = 0
            return EVP_CipherUpdate(
                context,
                output?.assumingMemoryBound(to: UInt8.self),
                &written,
                input.baseAddress?.assumingMemoryBound(to: UInt8.self),
                Int32(input.count)
            ) == 1 && written == Int32(input.count)
        }
    }
#endif
