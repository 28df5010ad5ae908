#if hasFeature(Embedded)
    import COpenSSL

    /// AES-256-GCM by OpenSSL's `CRYPTO_gcm128` functions: in a static program `EVP` brings 4 MB of providers along.
    ///
    /// Uses the processor's AES instructions where it has them, which is twenty times as fast; the hash finds the
    /// processor's carry-less multiplication by itself.
    final class AuthenticatedCipher {
        enum Use {
            case opening
            case sealing
        }

        // The context points to the key schedule, so both live at fixed addresses until deinit.
        private let schedule: UnsafeMutablePointer<AES_KEY>
        private let context: OpaquePointer
        /// Many blocks in one go; nil where the processor has no instructions for AES.
        private let counterMode: ctr128_f?

        init(key: [UInt8], use: Use) throws(WireError) {
            guard key.count == Frame.keyLength else { throw .wrongKeyLength(key.count) }
            schedule = .allocate(capacity: 1)
            schedule.initialize(to: AES_KEY())
            let hasInstructions = openssl_has_aes_instructions() != 0
            let code =
                hasInstructions
                ? Self.setKeyByInstructions(key, schedule) : AES_set_encrypt_key(key, 256, schedule)
            let block = hasInstructions ? Self.blockByInstructions : Self.portableBlock
            guard code == 0, let context = CRYPTO_gcm128_new(schedule, block) else {
                schedule.deallocate()
                throw .cipherFailed
            }
            counterMode = hasInstructions ? Self.counterModeByInstructions : nil
            self.context = context
        }

        deinit {
            CRYPTO_gcm128_release(context)
            OPENSSL_cleanse(schedule, MemoryLayout<AES_KEY>.size)
            schedule.deallocate()
        }

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
            let output = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let count = plain.count + (rest?.count ?? 0)
            guard begin(nonce, header), encrypt(plain, output),
                rest.map({ encrypt($0, output?.advanced(by: plain.count)) }) ?? true
            else { return false }
            CRYPTO_gcm128_tag(context, output?.advanced(by: count), Frame.tagLength)
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
                length == 0 || decrypt(input, output, length) == 0
            else { return false }
            // Compares in constant time.
            return CRYPTO_gcm128_finish(context, input?.advanced(by: length), Frame.tagLength) == 0
        }

        private func encrypt(_ plain: UnsafeRawBufferPointer, _ output: UnsafeMutablePointer<UInt8>?) -> Bool {
            if plain.isEmpty { return true }
            let input = plain.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard let counterMode else { return CRYPTO_gcm128_encrypt(context, input, output, plain.count) == 0 }
            return CRYPTO_gcm128_encrypt_ctr32(context, input, output, plain.count, counterMode) == 0
        }

        private func decrypt(
            _ input: UnsafePointer<UInt8>?,
            _ output: UnsafeMutablePointer<UInt8>?,
            _ count: Int
        ) -> Int32 {
            guard let counterMode else { return CRYPTO_gcm128_decrypt(context, input, output, count) }
            return CRYPTO_gcm128_decrypt_ctr32(context, input, output, count, counterMode)
        }

        private func begin(_ nonce: UnsafeRawBufferPointer, _ header: UnsafeRawBufferPointer) -> Bool {
            guard nonce.count == Frame.nonceLength else { return false }
            CRYPTO_gcm128_setiv(context, nonce.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce.count)
            let bytes = header.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return CRYPTO_gcm128_aad(context, bytes, header.count) == 0
        }
    }

    extension AuthenticatedCipher {
        private static let portableBlock: block128_f = { input, output, key in
            // OpenSSL hands back the schedule that `CRYPTO_gcm128_new` was given.
            AES_encrypt(input, output, key?.assumingMemoryBound(to: AES_KEY.self))
        }

        #if arch(x86_64)
            private static let blockByInstructions: block128_f = aesni_encrypt
            private static let counterModeByInstructions: ctr128_f = aesni_ctr32_encrypt_blocks

            private static func setKeyByInstructions(_ key: [UInt8], _ schedule: UnsafeMutablePointer<AES_KEY>) -> Int32
            {
                aesni_set_encrypt_key(key, 256, schedule)
            }
        #else
            private static let blockByInstructions: block128_f = aes_v8_encrypt
            private static let counterModeByInstructions: ctr128_f = aes_v8_ctr32_encrypt_blocks

            private static func setKeyByInstructions(_ key: [UInt8], _ schedule: UnsafeMutablePointer<AES_KEY>) -> Int32
            {
                aes_v8_set_encrypt_key(key, 256, schedule)
            }
        #endif
    }
#endif
