import CLibSSH2

/// A running command and its streams. Used on the thread of its session, which it keeps alive.
package final class SSHChannel {
    /// How a command ended.
    package enum Exit: Sendable, Equatable, CustomStringConvertible {
        case status(Int)
        /// The signal's name without `SIG`, as RFC 4254 section 6.10 has it.
        case signal(String)

        package var description: String {
            switch self {
            case .status(let number): "exit status \(number)"
            case .signal(let name): "SIG\(name)"
            }
        }
    }

    /// Standard error beyond this is dropped, the oldest first.
    package static let standardErrorLimit = 8 << 10
    /// What one read asks for at most: more than a packet of libssh2's default size never comes at once.
    static let readSize = 32 << 10

    package let session: SSHSession
    private var pointer: OpaquePointer?
    private var standardError: [UInt8] = []

    init(_ session: SSHSession, _ pointer: OpaquePointer) {
        self.session = session
        self.pointer = pointer
        session.adopt(pointer)
    }

    deinit { abandon() }

    /// Writes everything to the command's standard input.
    package func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) throws(SSHError) {
        let pointer = try open()
        var offset = 0
        while offset < bytes.count {
            session.context.begin(until: deadline)
            let count = bytes.withUnsafeBytes { raw in
                libssh2_channel_write_ex(
                    pointer,
                    0,
                    raw.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self),
                    raw.count - offset
                )
            }
            switch count {
            case 1...: offset += count
            case 0, Int(LIBSSH2_ERROR_EAGAIN): try session.wait(.transfer, until: deadline)
            default: throw session.error(.transfer, count)
            }
        }
    }

    /// Says that no further input comes.
    package func finishInput(deadline: ContinuousClock.Instant) throws(SSHError) {
        let pointer = try open()
        let code = try session.repeating(.transfer, until: deadline) { _ in Int(libssh2_channel_send_eof(pointer)) }
        if code < 0 { throw session.error(.transfer, code) }
    }

    /// Blocks until something came; appends it. A deadline that passes leaves the channel usable.
    /// - Returns: the number of bytes, 0 at the end of the output.
    package func read(
        appendingTo buffer: inout [UInt8],
        upTo limit: Int = SSHChannel.readSize,
        deadline: ContinuousClock.Instant
    ) throws(SSHError) -> Int {
        let size = max(1, min(limit, SSHChannel.readSize))
        while true {
            let pointer = try open()
            session.context.begin(until: deadline)
            // A usual answer fits into this much, which lies on the stack.
            var count = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1_024) {
                SSHChannel.read(pointer, appendingTo: &buffer, upTo: min(size, $0.count), using: $0)
            }
            if count == 1_024, size > count {
                let more = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size - count) {
                    SSHChannel.read(pointer, appendingTo: &buffer, upTo: $0.count, using: $0)
                }
                // An error shows again in the next call.
                count += max(more, 0)
            }
            if count > 0 { return count }
            if try reachedEnd(pointer, count) { return 0 }
            try session.wait(.transfer, until: deadline, cutsShort: false)
        }
    }

    private static func read(
        _ pointer: OpaquePointer,
        appendingTo buffer: inout [UInt8],
        upTo limit: Int,
        using scratch: UnsafeMutableBufferPointer<CChar>
    ) -> Int {
        let count = libssh2_channel_read_ex(pointer, 0, scratch.baseAddress, limit)
        if count > 0 { buffer.append(contentsOf: UnsafeRawBufferPointer(scratch)[..<count]) }
        return count
    }

    /// Blocks until something came; empty at the end of the output.
    package func read(
        upTo limit: Int = SSHChannel.readSize,
        deadline: ContinuousClock.Instant
    ) throws(SSHError) -> [UInt8] {
        var buffer: [UInt8] = []
        _ = try read(appendingTo: &buffer, upTo: limit, deadline: deadline)
        return buffer
    }

    /// What came on standard error since the last call, at most `standardErrorLimit` bytes. Does not block.
    package func takeStandardError() -> [UInt8] {
        if let pointer, session.isUsable { drainStandardError(pointer) }
        defer { standardError = [] }
        return standardError
    }

    /// Blocks until the command has ended and the server told how. The output is to be read before.
    package func waitForExit(deadline: ContinuousClock.Instant) throws(SSHError) -> Exit {
        let pointer = try open()
        // Unread standard error would hide the end of the channel from libssh2.
        drainStandardError(pointer)
        let code = try session.repeating(.transfer, until: deadline) { [self] _ in
            let code = libssh2_channel_wait_eof(pointer)
            if code == LIBSSH2_ERROR_EAGAIN { drainStandardError(pointer) }
            guard code == 0 else { return Int(code) }
            // The server closes once the program has ended. To close first would lose its status where it closed its
            // output early, and kills dropbear.
            let closed = libssh2_channel_wait_closed(pointer)
            return closed == 0 ? Int(libssh2_channel_close(pointer)) : Int(closed)
        }
        if code < 0 { throw session.error(.transfer, code) }
        return exit(pointer)
    }

    /// Closes the channel and waits for the server's confirmation, at most until the deadline; what is still
    /// unconfirmed then is finished later by the session.
    package func close(deadline: ContinuousClock.Instant) {
        guard let pointer else { return }
        if session.isUsable {
            session.context.begin(until: deadline)
            while libssh2_channel_close(pointer) == LIBSSH2_ERROR_EAGAIN {
                guard session.context.wait(session.wantsToSend ? POLLIN | POLLOUT : POLLIN, until: deadline) == .ready
                else { break }
            }
        }
        abandon()
    }

    /// Gives the channel back without waiting.
    private func abandon() {
        guard let pointer else { return }
        self.pointer = nil
        session.release(pointer)
    }

    /// Whether bytes, or the end of the output, can be had without waiting.
    var isReadable: Bool {
        guard let pointer, session.isUsable else { return true }
        return SSHChannel.isReadable(pointer)
    }

    static func isReadable(_ pointer: OpaquePointer) -> Bool {
        var available: UInt = 0
        libssh2_channel_window_read_ex(pointer, &available, nil)
        return available > 0 || libssh2_channel_eof(pointer) != 0
    }

    func open() throws(SSHError) -> OpaquePointer {
        _ = try session.open(.transfer)
        guard let pointer else {
            throw SSHError(session.target, .transfer, .connectionLost, detail: "the channel was closed before")
        }
        return pointer
    }

    /// Tells the end of the stream from "nothing there yet", and takes standard error out of the way: it would fill
    /// the receive window that both streams share.
    func reachedEnd(_ pointer: OpaquePointer, _ count: Int) throws(SSHError) -> Bool {
        guard count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) else { throw session.error(.transfer, count) }
        drainStandardError(pointer)
        return count == 0 && libssh2_channel_eof(pointer) == 1
    }

    func exit(_ pointer: OpaquePointer) -> Exit {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        libssh2_channel_get_exit_signal(pointer, &name, &length, nil, nil, nil, nil)
        if let name, let session = session.pointer {
            defer { libssh2_free(session, name) }
            return .signal(String(cString: name))
        }
        return .status(Int(libssh2_channel_get_exit_status(pointer)))
    }

    private func drainStandardError(_ pointer: OpaquePointer) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: SSHChannel.standardErrorLimit) { scratch in
            // Bounded: a host may send without end.
            for _ in 0..<64 {
                session.context.begin()
                let count = libssh2_channel_read_ex(
                    pointer,
                    SSH_EXTENDED_DATA_STDERR,
                    scratch.baseAddress,
                    scratch.count
                )
                guard count > 0 else { return }
                standardError.append(contentsOf: UnsafeRawBufferPointer(scratch)[..<count])
                if standardError.count > SSHChannel.standardErrorLimit {
                    standardError.removeFirst(standardError.count - SSHChannel.standardErrorLimit)
                }
            }
        }
    }
}
