import CLibSSH2
import Glibc
import Synchronization

/// One address to connect to, as getaddrinfo(3) gave it.
struct SocketAddress: Sendable, Equatable {
    let family: CInt
    let bytes: [UInt8]

    /// `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`.
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failed = withSocketAddress { address, length in
            getnameinfo(address, length, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        }
        guard failed == 0 else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        bytes.withUnsafeBytes { raw in
            // The bytes are a sockaddr of `family` that getaddrinfo filled; arrays are aligned for it, and never empty.
            body(raw.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
    }
}

/// getaddrinfo(3) with a deadline. It cannot be cancelled, so a name is looked up in a thread of its own whose answer
/// is dropped when it comes too late. Numeric addresses are told without it.
enum NameResolution {
    /// Threads whose answer nobody waits for any more; they end when the resolver gives up.
    private static let abandoned = Atomic<Int>(0)
    private static let abandonedLimit = 64

    static func resolve(
        _ target: SSHTarget,
        interrupt: Interrupt,
        until deadline: ContinuousClock.Instant
    ) throws(SSHError) -> [SocketAddress] {
        let name = target.bareAddress
        guard !name.isEmpty, !name.utf8.contains(0) else { throw SSHError(target, .resolve, .nameNotFound) }
        if case .success(let addresses) = lookUp(name, target.port, AI_NUMERICHOST) { return addresses }

        guard abandoned.load(ordering: .relaxed) < abandonedLimit else {
            throw SSHError(
                target,
                .resolve,
                .nameResolutionFailed,
                detail: "\(abandonedLimit) earlier look-ups still wait for the resolver"
            )
        }
        guard let lookUp = LookUp(name, target.port) else {
            throw SSHError(target, .resolve, .nameResolutionFailed, code: Int(errno), libraryText: errnoText(errno))
        }
        let end = interrupt.wait(lookUp.descriptor, POLLIN, until: deadline)
        guard let outcome = lookUp.take(orAbandon: { abandoned.add(1, ordering: .relaxed) }) else {
            throw SSHError(target, .resolve, end == .interrupted ? .interrupted : .timedOut)
        }
        switch outcome {
        case .success(let addresses): return addresses
        case .failure(let failure):
            throw SSHError(
                target,
                .resolve,
                failure.isNoSuchName ? .nameNotFound : .nameResolutionFailed,
                code: Int(failure.code),
                libraryText: failure.text
            )
        }
    }

    struct Failure: Error {
        let code: CInt
        let systemCode: CInt

        // EAI_NODATA is hidden behind _GNU_SOURCE.
        var isNoSuchName: Bool { code == EAI_NONAME || code == -5 }
        var text: String { code == EAI_SYSTEM ? errnoText(systemCode) : String(cString: gai_strerror(code)) }
    }

    fileprivate static func lookUp(
        _ name: String,
        _ port: UInt16,
        _ flags: CInt
    ) -> Result<[SocketAddress], Failure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        // AI_ADDRCONFIG would hide ::1 on hosts whose only IPv6 address is the loopback.
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, String(port), &hints, &list)
        guard code == 0 else { return .failure(Failure(code: code, systemCode: errno)) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr {
                let bytes = [UInt8](UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
                let found = SocketAddress(family: entry.ai_family, bytes: bytes)
                if !addresses.contains(found) { addresses.append(found) }
            }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failure(Failure(code: EAI_NONAME, systemCode: 0)) : .success(addresses)
    }

    /// One look-up in a detached thread; both sides hold it, the later one closes it.
    private final class LookUp: Sendable {
        private enum State {
            case running
            case abandoned
            case done(Result<[SocketAddress], Failure>)
        }

        let descriptor: CInt
        private let name: String
        private let port: UInt16
        private let state = Mutex(State.running)

        init?(_ name: String, _ port: UInt16) {
            self.name = name
            self.port = port
            descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
            guard descriptor >= 0 else { return nil }
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
            pthread_attr_setstacksize(&attributes, 256 << 10)
            var thread = pthread_t()
            let context = Unmanaged.passRetained(self)
            let code = pthread_create(
                &thread,
                &attributes,
                { context in
                    // pthread_create hands over what it was given: the retained LookUp.
                    Unmanaged<LookUp>.fromOpaque(context!).takeRetainedValue().run()
                    return nil
                },
                context.toOpaque()
            )
            if code != 0 {
                context.release()
                errno = code
                return nil
            }
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
        }

        private func run() {
            let outcome = NameResolution.lookUp(name, port, 0)
            state.withLock { state in
                if case .abandoned = state { NameResolution.abandoned.subtract(1, ordering: .relaxed) }
                state = .done(outcome)
            }
            _ = eventfd_write(descriptor, 1)
        }

        func take(orAbandon abandon: () -> Void) -> Result<[SocketAddress], Failure>? {
            state.withLock { state in
                if case .done(let outcome) = state { return outcome }
                abandon()
                state = .abandoned
                return nil
            }
        }
    }
}
