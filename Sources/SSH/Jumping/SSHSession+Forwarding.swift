import CLibSSH2

extension SSHSession {
    /// What a server may send ahead on each tunnel, which libssh2 then holds in memory: 10 MB/s over 50 ms.
    private static let tunnelWindow: UInt32 = 512 << 10

    /// A channel that a server is asked for: to a host (RFC 4254 section 7.2), or of a type that no server knows, which
    /// every server has to answer (section 5.1) and so shows that it is alive.
    struct ChannelRequest {
        let type: String
        let message: [UInt8]

        /// A TCP connection from the server to `address`, which it resolves itself.
        static func directTCP(to address: String, port: UInt16) -> ChannelRequest {
            var message: [UInt8] = []
            func add(_ number: UInt32) {
                message += stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
            }
            func add(_ text: String) {
                add(UInt32(text.utf8.count))
                message += text.utf8
            }
            add(address)
            add(UInt32(port))
            // Who asks; servers log it.
            add("127.0.0.1")
            add(0)
            return ChannelRequest(type: "direct-tcpip", message: message)
        }

        static let signOfLife = ChannelRequest(type: "keepalive@metricsd", message: [])
    }

    enum ChannelAnswer {
        case opened(OpaquePointer)
        case pending
        case refused(isProhibited: Bool, text: String)
        case timedOut
    }

    /// Asks for a channel, or asks again behind `pending`: libssh2 has one such request at a time. Does not block.
    func requestChannel(_ request: ChannelRequest) throws(SSHError) -> ChannelAnswer {
        let pointer = try open(.open)
        context.begin()
        let type = request.type
        let opened = request.message.withUnsafeBufferPointer { message in
            message.withMemoryRebound(to: CChar.self) {
                libssh2_channel_open_ex(
                    pointer,
                    type,
                    UInt32(type.utf8.count),
                    SSHSession.tunnelWindow,
                    32_768,
                    $0.baseAddress,
                    UInt32($0.count)
                )
            }
        }
        if let opened { return .opened(opened) }
        switch libssh2_session_last_errno(pointer) {
        case LIBSSH2_ERROR_EAGAIN: return .pending
        case LIBSSH2_ERROR_TIMEOUT: return .timedOut
        case LIBSSH2_ERROR_CHANNEL_FAILURE:
            let text = LibSSH2.lastErrorText(pointer)
            return .refused(isProhibited: text.contains("prohibited"), text: text)
        case let code: throw error(.open, Int(code))
        }
    }

    /// Ends a request that is pending for want of an answer, so that another one can be made.
    ///
    /// libssh2 has no function for this. It ends a request when reading fails, and remembers nothing of that failure:
    /// the connection goes on where it was. An answer that comes yet is passed over. - Returns: the channel, if the
    /// answer had come in this moment.
    func cancelChannelRequest(_ request: ChannelRequest) throws(SSHError) -> OpaquePointer? {
        context.failsNextRead = true
        defer { context.failsNextRead = false }
        do throws(SSHError) {
            switch try requestChannel(request) {
            case .opened(let channel): return channel
            case .pending, .timedOut, .refused: return nil
            }
        } catch {
            guard error.code == Int(LIBSSH2_ERROR_SOCKET_RECV), !context.failsNextRead else { throw error }
            isUsable = true
            return nil
        }
    }
}
