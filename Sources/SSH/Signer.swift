import CLibSSH2
import Glibc

/// Signs for libssh2, which asks for it in a callback in the middle of an authentication.
final class Signer {
    private let sign: ([UInt8], String) throws -> [UInt8]
    /// Why no signature could be made.
    private(set) var failure: String?

    /// - Parameter sign: makes a signature of a message with the algorithm of that name.
    init(_ sign: @escaping (_ message: [UInt8], _ method: String) throws -> [UInt8]) {
        self.sign = sign
    }

    /// The public key in the form in which libssh2 is to offer it.
    ///
    /// libssh2 takes the name of the signature algorithm from the key's first field. Before 1.11 it knows no other
    /// algorithm for RSA than `ssh-rsa`, which is SHA-1; a key that begins with `rsa-sha2-256` is offered, and accepted
    /// by OpenSSH, under that name. From 1.11 on it chooses the algorithm itself (RFC 8308).
    static func offeredKey(_ key: [UInt8], _ type: String) -> [UInt8] {
        guard type == "ssh-rsa", libssh2_version(0x01_0b00) == nil else { return key }
        return KeyBlob.string("rsa-sha2-256") + key.dropFirst(4 + type.utf8.count)
    }

    typealias Callback =
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<Int>?,
            UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> CInt

    static let callback: Callback = { _, signature, signatureLength, data, count, abstract in
        guard let signature, let signatureLength, let data, let opaque = abstract?.pointee else { return -1 }
        let signer = Unmanaged<Signer>.fromOpaque(opaque).takeUnretainedValue()
        guard let bytes = signer.signature(of: [UInt8](UnsafeBufferPointer(start: data, count: count))),
            // The session was made with the C library's allocator, with which libssh2 frees it.
            let memory = malloc(max(1, bytes.count))
        else { return -1 }
        memory.copyMemory(from: bytes, byteCount: bytes.count)
        signature.pointee = memory.assumingMemoryBound(to: UInt8.self)
        signatureLength.pointee = bytes.count
        return 0
    }

    private func signature(of message: [UInt8]) -> [UInt8]? {
        // RFC 4252 section 7: session id, message number, user, service, "publickey", true, algorithm, key.
        var reader = BlobReader(message)
        guard reader.string() != nil, reader.byte() == 50, reader.string() != nil, reader.string() != nil,
            reader.text() == "publickey", reader.byte() == 1, let method = reader.text()
        else {
            failure = "libssh2 asks to sign something else than a login"
            return nil
        }
        do {
            return try sign(message, method)
        } catch let error as KeyError {
            failure = error.text
        } catch let error as FileError {
            failure = error.text
        } catch {
            failure = "\(error)"
        }
        return nil
    }
}

extension SessionContext {
    typealias PromptCallback =
        @convention(c) (
            UnsafePointer<CChar>?, CInt, UnsafePointer<CChar>?, CInt, CInt,
            UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?, UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Void

    /// Gives the password to the first prompt whose answer is not to be shown, and nothing to all others.
    static let answerPrompts: PromptCallback = { _, _, _, _, count, prompts, responses, abstract in
        guard let prompts, let responses, let opaque = abstract?.pointee else { return }
        let context = Unmanaged<SessionContext>.fromOpaque(opaque).takeUnretainedValue()
        for index in 0..<Int(count) {
            var answer: [UInt8] = []
            if prompts[index].echo == 0 {
                if context.promptsAnswered == 0 { answer = context.password ?? [] }
                context.promptsAnswered += 1
            }
            guard let memory = malloc(max(1, answer.count)) else { return }
            memory.copyMemory(from: answer, byteCount: answer.count)
            responses[index].text = memory.assumingMemoryBound(to: CChar.self)
            responses[index].length = UInt32(answer.count)
        }
    }
}
