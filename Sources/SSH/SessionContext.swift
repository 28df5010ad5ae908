import CLibSSH2
import Glibc

/// What libssh2's callbacks of one session see; the session owns it and outlives libssh2's use of it.
final class SessionContext {
    let socket: CInt
    let interrupt: Interrupt
    /// Bounds the waits that happen within a call of libssh2.
    var deadline = ContinuousClock.now
    /// Answers a server's keyboard-interactive prompts.
    var password: [UInt8]?
    /// How often the password was given; a second prompt for it means that the first answer was wrong.
    var promptsAnswered = 0
    /// Nothing is read any more: the session is being closed.
    var isCut = false

    /// False once a read took all there was: libssh2 always asks once more, which then costs no system call.
    private var mayRead = true
    private var readsRefused = 0

    init(socket: CInt, interrupt: Interrupt) {
        self.socket = socket
        self.interrupt = interrupt
    }

    func wait(_ events: Int32, until deadline: ContinuousClock.Instant) -> WaitEnd {
        let end = interrupt.wait(socket, events, until: deadline)
        if end == .ready {
            mayRead = true
            readsRefused = 0
        }
        return end
    }

    func receive(_ buffer: UnsafeMutableRawPointer?, _ length: Int, _ flags: CInt) -> Int {
        if isCut { return 0 }
        if !mayRead {
            // Some functions of libssh2 repeat an inner step until the server has answered, without returning to
            // where we wait. They get a real wait here, and the end of the connection at the deadline.
            readsRefused += 1
            if readsRefused < 64 { return -Int(EAGAIN) }
            guard wait(POLLIN, until: deadline) == .ready else {
                isCut = true
                return 0
            }
        }
        while true {
            let count = recv(socket, buffer, length, flags)
            if count >= 0 {
                if count > 0, count < length { mayRead = false }
                return count
            }
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN { mayRead = false }
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
