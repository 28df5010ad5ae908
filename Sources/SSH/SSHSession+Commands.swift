import CLibSSH2

/// What a command printed and how it ended.
package struct CommandResult: Sendable {
    package var output: [UInt8] = []
    /// The last `SSHChannel.standardErrorLimit` bytes.
    package var standardError: [UInt8] = []
    package var exit: SSHChannel.Exit = .status(0)
    /// Whether output beyond the limit was dropped.
    package var isTruncated = false

    package var succeeded: Bool { exit == .status(0) }

    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var standardErrorText: String { String(decoding: standardError, as: UTF8.self) }
}

/// How a wait between two requests ended.
package enum IdleEnd: Sendable, Equatable {
    case deadline
    /// Something came without being asked for, or the end of a channel.
    case readable
    case interrupted
}

extension SSHSession {
    /// What the other side may send ahead, which libssh2 then holds in memory for each host: enough for 10 MB/s over a
    /// tenth of a second.
    private static let channelWindow: UInt32 = 1 << 20

    /// Starts a command through the user's login shell and returns with its streams open.
    @available(*, noasync)
    package func start(_ command: String, deadline: ContinuousClock.Instant? = nil) throws(SSHError) -> SSHChannel {
        try start(command, as: "exec", deadline: deadline)
    }

    /// - Parameter request: what the command is to the server: `exec`, or `subsystem` (RFC 4254 section 6.5).
    func start(
        _ command: String,
        as request: String,
        deadline: ContinuousClock.Instant?
    ) throws(SSHError) -> SSHChannel {
        let deadline = deadline ?? .now + target.timeout
        freeOrphans()
        let opened = try repeating(.open, until: deadline) { session in
            libssh2_channel_open_ex(session, "session", 7, SSHSession.channelWindow, 32_768, nil, 0)
        }
        guard let opened else {
            throw error(.open, pointer.map { Int(libssh2_session_last_errno($0)) } ?? 0)
        }
        let channel = SSHChannel(self, opened)
        let length = UInt32(command.utf8.count)
        let code = try repeating(.execute, until: deadline) { _ in
            Int(libssh2_channel_process_startup(opened, request, UInt32(request.utf8.count), command, length))
        }
        if code < 0 { throw error(.execute, code) }
        return channel
    }

    /// Runs a command to its end: feeds the input, collects the output up to the limit (the rest is read and dropped).
    @available(*, noasync)
    package func run(
        _ command: String,
        input: [UInt8] = [],
        outputLimit: Int = 1 << 20,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) -> CommandResult {
        let deadline = deadline ?? .now + target.timeout
        let channel = try start(command, deadline: deadline)
        var exchange = CommandExchange(channel, input: input, outputLimit: outputLimit)
        let result = try exchange.run(until: deadline)
        // The command has ended; the confirmation is not worth more than a moment.
        channel.close(deadline: min(deadline, .now + .seconds(1)))
        return result
    }

    /// Starts a command that gets no input. What it prints, within the channel's window, waits for `SSHChannel.result`,
    /// and the session can be used for other things meanwhile.
    @available(*, noasync)
    package func startWithoutInput(
        _ command: String,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) -> SSHChannel {
        let deadline = deadline ?? .now + target.timeout
        let channel = try start(command, deadline: deadline)
        try channel.finishInput(deadline: deadline)
        return channel
    }

    /// Blocks until the deadline and lets what the server sends lie, so that it wakes nobody; only the end of the
    /// connection and the interrupt end it before. The next call on a channel tells what there was.
    @available(*, noasync)
    package func rest(until deadline: ContinuousClock.Instant) throws(SSHError) {
        _ = try open(.transfer)
        context.rest(until: deadline)
    }

    /// How often the session had to wait for the server or for room in the socket.
    package var waitCount: Int { context.waits }

    /// Blocks between two requests, answering what the server asks on its own (keepalives, new keys).
    @available(*, noasync)
    package func waitWhileIdle(until deadline: ContinuousClock.Instant) throws(SSHError) -> IdleEnd {
        while true {
            _ = try open(.transfer)
            if openChannels.contains(where: SSHChannel.isReadable) { return .readable }
            // Without a channel libssh2 offers no way to process packets; then only the end of the connection counts.
            switch context.wait(anyChannel == nil ? metricsd_pollrdhup : POLLIN, until: deadline) {
            case .deadline: return .deadline
            case .interrupted: return .interrupted
            case .ready: break
            }
            guard let channel = anyChannel else {
                throw error(.transfer, Int(LIBSSH2_ERROR_SOCKET_DISCONNECT))
            }
            context.begin(until: deadline)
            let code = libssh2_channel_read_ex(channel, 0, nil, 0)
            if code < 0, code != Int(LIBSSH2_ERROR_EAGAIN) { throw error(.transfer, code) }
            freeOrphans()
        }
    }

    /// For loops that may never come to a wait: throws when the deadline has passed or the interrupt was raised.
    func checkPatience(_ step: SSHError.Step, until deadline: ContinuousClock.Instant) throws(SSHError) {
        let isInterrupted = interrupt.isRaised
        guard isInterrupted || ContinuousClock.now >= deadline else { return }
        isUsable = false
        throw SSHError(target, step, isInterrupted ? .interrupted : .timedOut)
    }

    /// Whether libssh2 waits for room in the socket to finish a packet.
    var wantsToSend: Bool {
        guard let pointer else { return false }
        return libssh2_session_block_directions(pointer) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
    }
}

extension SSHChannel {
    /// Blocks until the command of `SSHSession.startWithoutInput` has ended; to be called once.
    @available(*, noasync)
    package func result(
        outputLimit: Int = 1 << 20,
        deadline: ContinuousClock.Instant
    ) throws(SSHError) -> CommandResult {
        var exchange = CommandExchange(self, input: nil, outputLimit: outputLimit)
        let result = try exchange.run(until: deadline)
        close(deadline: min(deadline, .now + .seconds(1)))
        return result
    }
}

/// Input and output of one command at the same time, so that neither side can block the other.
struct CommandExchange {
    private let channel: SSHChannel
    private let input: [UInt8]
    private let outputLimit: Int
    private var offset = 0
    private var inputIsFinished: Bool
    private var writeIsHalfDone = false
    private var result = CommandResult()

    /// - Parameter input: nil where the command was told already that none comes.
    init(_ channel: SSHChannel, input: [UInt8]?, outputLimit: Int) {
        self.channel = channel
        self.input = input ?? []
        inputIsFinished = input == nil
        self.outputLimit = outputLimit
    }

    mutating func run(until deadline: ContinuousClock.Instant) throws(SSHError) -> CommandResult {
        let session = channel.session
        while true {
            let pointer = try channel.open()
            session.context.begin(until: deadline)
            // libssh2 must finish a packet before it begins another one, and reading may send a window update.
            if !writeIsHalfDone {
                let count = readOutput(pointer)
                if count > 0 {
                    // One that prints without end never makes us wait.
                    try session.checkPatience(.transfer, until: deadline)
                    continue
                }
                if try channel.reachedEnd(pointer, count) { break }
            }
            if writeIsHalfDone || !session.wantsToSend, !inputIsFinished, try feed(pointer) { continue }
            // Writing reads first, for window updates: what came then waits in libssh2, not in the socket, and the
            // server may have no window left to send more.
            if !writeIsHalfDone, !session.wantsToSend, channel.isReadable {
                try session.checkPatience(.transfer, until: deadline)
                continue
            }
            try session.wait(.transfer, until: deadline, cutsShort: false)
        }
        result.exit = try channel.waitForExit(deadline: deadline)
        result.standardError = channel.takeStandardError()
        return result
    }

    private mutating func readOutput(_ pointer: OpaquePointer) -> Int {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: SSHChannel.readSize) { scratch in
            let count = libssh2_channel_read_ex(pointer, 0, scratch.baseAddress, scratch.count)
            if count > 0 {
                let kept = min(count, outputLimit - result.output.count)
                result.output.append(
                    contentsOf: UnsafeRawBufferPointer(scratch)[..<kept]
                )
                if kept < count { result.isTruncated = true }
            }
            return count
        }
    }

    /// Whether anything was sent.
    private mutating func feed(_ pointer: OpaquePointer) throws(SSHError) -> Bool {
        let isEnd = offset == input.count
        let code = isEnd ? Int(libssh2_channel_send_eof(pointer)) : writeInput(pointer)
        // The end may find no room just as well, and once it is sent the output is read again.
        writeIsHalfDone = code == Int(LIBSSH2_ERROR_EAGAIN) && channel.session.wantsToSend
        switch CInt(clamping: code) {
        case LIBSSH2_ERROR_EAGAIN: return false
        // A command may end without reading its input; its output and status still count.
        case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT: inputIsFinished = true
        case ..<0: throw channel.session.error(.transfer, code)
        default:
            offset += code
            inputIsFinished = isEnd
        }
        return isEnd || code != 0
    }

    private func writeInput(_ pointer: OpaquePointer) -> Int {
        input.withUnsafeBytes { raw in
            libssh2_channel_write_ex(
                pointer,
                0,
                raw.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self),
                raw.count - offset
            )
        }
    }
}
