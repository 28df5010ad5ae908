import CLibSSH2
import Glibc

/// What libssh2's callbacks of one session see; the session owns it and outlives libssh2's use of it.
final class SessionContext {
    let socket: CInt
    let interrupt: Interrupt
    /// Answers a server's keyboard-interactive prompts.
    var password: [UInt8]?
    /// How often the password was given; a second prompt for it means that the first answer was wrong.
    var promptsAnswered = 0
    /// What the server sent first, for a message that says what it is; nil once nobody wants to know.
    var firstBytes: [UInt8]? = []
    /// Nothing is read any more: the session is being closed.
    var isCut = false

    /// The next read fails, once: see `cancelChannelRequest`.
    var failsNextRead = false
    /// Bytes that came.
    private(set) var received: UInt64 = 0

    private(set) var waits = 0
    /// False once a read took all there was: libssh2 always asks once more, which then costs no system call.
    private var mayRead = true
    private var emptyReads = 0
    private var deadline = ContinuousClock.now
    /// Waits in a row that ended behind their deadline because there was something to read.
    private var lateWaits = 0
    /// What came in time may be read late, behind a suspended machine; a host that never stops sending is cut off.
    private static let lateWaitsLimit = 64

    init(socket: CInt, interrupt: Interrupt) {
        self.socket = socket
        self.interrupt = interrupt
    }

    /// To be called before each call of libssh2, which must not take longer than until the deadline.
    func begin(until deadline: ContinuousClock.Instant) {
        self.deadline = deadline
        emptyReads = 0
    }

    /// The same, within the deadline that was given before.
    func begin() { emptyReads = 0 }

    func wait(_ events: Int32, until deadline: ContinuousClock.Instant) -> WaitEnd {
        waits &+= 1
        let end = interrupt.wait(socket, events, until: deadline)
        guard end == .ready else { return end }
        mayRead = true
        lateWaits = ContinuousClock.now < deadline ? 0 : lateWaits + 1
        return lateWaits > Self.lateWaitsLimit ? .deadline : .ready
    }

    /// See `Interrupt.rest`. What has come is to be read without another wait.
    func rest(until deadline: ContinuousClock.Instant) {
        interrupt.rest(socket, until: deadline)
        mayRead = true
    }

    /// The socket was found to have something, by a wait of somebody else's.
    func becameReadable() { mayRead = true }

    /// Reads for libssh2; a negative errno where it fails.
    func receive(_ buffer: UnsafeMutableRawPointer?, _ length: Int, _ flags: CInt) -> Int {
        if isCut { return 0 }
        if failsNextRead, !mayRead {
            failsNextRead = false
            return -Int(ECANCELED)
        }
        if !mayRead {
            emptyReads += 1
            if emptyReads < 64 { return -Int(EAGAIN) }
            if emptyReads > 1_000 {
                // Some functions of libssh2 repeat an inner step until the server has answered, without returning to
                // where we wait. They are slowed down here, and see the end of the connection at the deadline.
                let end = interrupt.wait(socket, POLLIN, until: min(deadline, .now + .milliseconds(10)))
                if end == .interrupted || end == .deadline && ContinuousClock.now >= deadline {
                    isCut = true
                    return 0
                }
            }
        }
        while true {
            let count = recv(socket, buffer, length, flags)
            if count >= 0 {
                mayRead = count == length || count == 0
                received &+= UInt64(count)
                if count > 0, let known = firstBytes?.count, known < 128 {
                    firstBytes?.append(
                        contentsOf: UnsafeRawBufferPointer(start: buffer, count: min(count, 128 - known))
                    )
                }
                return count
            }
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN {
                mayRead = false
                if failsNextRead {
                    failsNextRead = false
                    return -Int(ECANCELED)
                }
            }
            return -Int(code)
        }
    }
}

/// The library as a whole.
enum LibSSH2 {
    /// libssh2_init(3) is not safe to call in two threads at once; Swift runs this once.
    static let isInitialized = libssh2_init(0) == 0

    static func makeSession(_ context: SessionContext) -> OpaquePointer? {
        let opaque = Unmanaged.passUnretained(context).toOpaque()
        guard let pointer = libssh2_session_init_ex(nil, nil, nil, opaque) else { return nil }
        libssh2_session_set_blocking(pointer, 0)
        metricsd_set_receive_callback(pointer) { _, buffer, length, flags, abstract in
            // libssh2 passes the address of the pointer that the session was made with.
            let context = Unmanaged<SessionContext>.fromOpaque(abstract!.pointee!).takeUnretainedValue()
            return context.receive(buffer, length, flags)
        }
        return pointer
    }

    static func lastErrorText(_ pointer: OpaquePointer) -> String {
        var text: UnsafeMutablePointer<CChar>?
        var length: CInt = 0
        libssh2_session_last_error(pointer, &text, &length, 0)
        guard let text else { return "" }
        return String(cString: text)
    }
}
