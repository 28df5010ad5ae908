import CLibSSH2
import Glibc

/// A connection to an SSH agent (draft-miller-ssh-agent).
///
/// libssh2 1.10 asks agents for SHA-1 signatures of RSA keys, which current servers refuse; so it is asked here.
final class Agent {
    struct Identity {
        let publicKey: [UInt8]
        let type: String
        let comment: String
    }

    private let descriptor: CInt
    private let interrupt: Interrupt

    init(_ path: String, interrupt: Interrupt) throws(FileError) {
        self.interrupt = interrupt
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity else { throw FileError(ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw FileError(errno) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if code != 0 { throw FileError(errno) }  // deinit closes
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The keys of the types that can be used here, in the agent's order.
    func identities(until deadline: ContinuousClock.Instant) throws(FileError) -> [Identity] {
        let answer = try exchange([11], expecting: 12, until: deadline)
        var reader = BlobReader(answer)
        var found: [Identity] = []
        for _ in 0..<min(reader.number() ?? 0, 1_000) {
            guard let key = reader.string(), let comment = reader.text() else { break }
            guard let type = KeyBlob.type(key), Agent.usableTypes.contains(type) else { continue }
            found.append(Identity(publicKey: key, type: type, comment: comment))
        }
        return found
    }

    /// The signature without the type that goes before it.
    func sign(
        _ message: [UInt8],
        with key: [UInt8],
        method: String,
        until deadline: ContinuousClock.Instant
    ) throws(FileError) -> [UInt8] {
        let flags: UInt32 =
            switch method {
            case "rsa-sha2-256": 2
            case "rsa-sha2-512": 4
            default: 0
            }
        let request = [13] + KeyBlob.string(key) + KeyBlob.string(message) + KeyBlob.number(flags)
        var reader = BlobReader(try exchange(request, expecting: 14, until: deadline))
        var signature = BlobReader(reader.string() ?? [])
        guard let type = signature.text(), let bytes = signature.string() else {
            throw FileError(text: "the agent's signature is malformed")
        }
        guard type == method else { throw FileError(text: "the agent signs with \(type) only, not with \(method)") }
        return bytes
    }

    private static let usableTypes: Set<String> = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    ]

    private func exchange(
        _ request: [UInt8],
        expecting kind: UInt8,
        until deadline: ContinuousClock.Instant
    ) throws(FileError) -> [UInt8] {
        var message = KeyBlob.string(request)[...]
        while !message.isEmpty {
            let count = message.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count >= 0 { message = message.dropFirst(count) } else { try waitAfterError(POLLOUT, deadline) }
        }
        var header = BlobReader(try receive(4, deadline))
        guard let length = header.number(), (1...(256 << 10)).contains(length) else {
            throw FileError(text: "the agent's answer is malformed")
        }
        let answer = try receive(Int(length), deadline)
        guard answer[0] == kind else { throw FileError(text: "the agent refuses") }
        return Array(answer.dropFirst())
    }

    private func receive(_ count: Int, _ deadline: ContinuousClock.Instant) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: count)
        while bytes.count < count {
            let got = recv(descriptor, &chunk, count - bytes.count, 0)
            if got == 0 { throw FileError(text: "the agent closed the connection") }
            if got > 0 { bytes.append(contentsOf: chunk[..<got]) } else { try waitAfterError(POLLIN, deadline) }
        }
        return bytes
    }

    private func waitAfterError(_ events: Int32, _ deadline: ContinuousClock.Instant) throws(FileError) {
        if errno == EINTR { return }
        guard errno == EAGAIN else { throw FileError(errno) }
        switch interrupt.wait(descriptor, events, until: deadline) {
        case .ready: return
        case .deadline: throw FileError(ETIMEDOUT)
        case .interrupted: throw FileError(EINTR)
        }
    }
}
