#if hasFeature(Embedded)
    import COpenSSL

    /// AES-256-GCM by OpenSSL's `CRYPTO_gcm128` functions: in a static program `EVP` brings 4 MB of providers along.
    final class AuthenticatedCipher {
        enum Use {
            case opening
            case sealing
        }

        // The context points to the key schedule, so both live at fixed addresses until deinit.
        private let schedule: UnsafeMutablePointer<AES_KEY>
        private let context: OpaquePointer

        init(key: [UInt8], use: Use) throws(WireError) {
            guard key.count == Frame.keyLength else { throw .wrongKeyLength(key.count) }
            schedule = .allocate(capacity: 1)
            schedule.initialize(to: AES_KEY())
            let block: block128_f = { input, output, key in
                // OpenSSL hands back the schedule that `CRYPTO_gcm128_new` was given.
                AES_encrypt(input, output, key?.assumingMemoryBound(to: AES_KEY.self))
            }
            guard AES_set_encrypt_key(key, 256, schedule) == 0, let context = CRYPTO_gcm128_new(schedule, block)
            else {
                schedule.deallocate()
                throw .cipherFailed
            }
            self.context = context
        }

        deinit {
            CRYPTO_gcm128_release(context)
            OPENSSL_cleanse(schedule, MemoryLayout<AES_KEY>.size)
            schedule.deallocate()
        }

        /// - Parameter sealed: takes the ciphertext and the tag behind it.
        func seal(
            _ plain: UnsafeRawBufferPointer,
            nonce: UnsafeRawBufferPointer,
            header: UnsafeRawBufferPointer,
            into sealed: UnsafeMutableRawBufferPointer
        ) -> Bool {
            let input = plain.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let output = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard begin(nonce, header),
                plain.isEmpty || CRYPTO_gcm128_encrypt(context, input, output, plain.count) == 0
            else { return false }
            CRYPTO_gcm128_tag(context, output?.advanced(by: plain.count), Frame.tagLength)
            return true
        }

        /// - Parameter sealed: the ciphertext and the tag behind it.
        func open(
            _ sealed: UnsafeRawBufferPointer,
            nonce: UnsafeRawBufferPointer,
            header: UnsafeRawBufferPointer,
            into plain: UnsafeMutableRawBufferPointer
        ) -> Bool {
            let length = sealed.count - Frame.tagLength
            let input = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let output = plain.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard begin(nonce, header),
                length == 0 || CRYPTO_gcm128_decrypt(context, input, output, length) == 0
            else { return false }
            // Compares in constant time.
            return CRYPTO_gcm128_finish(context, input?.advanced(by: length), Frame.tagLength) == 0
        }

        private func begin(_ nonce: UnsafeRawBufferPointer, _ header: UnsafeRawBufferPointer) -> Bool {
            guard nonce.count == Frame.nonceLength else { return false }
            CRYPTO_gcm128_setiv(context, nonce.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce.count)
            let bytes = header.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return CRYPTO_gcm128_aad(context, bytes, header.count) == 0
        }
    }
#endif
