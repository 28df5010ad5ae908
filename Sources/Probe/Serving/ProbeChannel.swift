import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// The probe's end of the channel: the preamble and frames on standard output, the key and frames on standard input.
final class ProbeChannel {
    static let input: Int32 = 0
    static let output: Int32 = 1

    /// More than this is not read while requests wait to be carried out.
    private static let backlogCeiling = 64 << 10

    private var key: [UInt8] = []
    private var opener: FrameOpener?
    private var sealer: FrameSealer?
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    private var outgoing = Preamble.marker
    private var written = 0

    init() {
        probe_set_nonblocking(Self.input)
        probe_set_nonblocking(Self.output)
    }

    var hasOutput: Bool { written < outgoing.count }

    /// - Parameter isBusy: whether a request is being carried out, so that the next ones can wait.
    func prepare(_ wait: inout ReadinessWait, isBusy: Bool) {
        let isFull = isBusy && (opener?.bufferedByteCount ?? 0) > Self.backlogCeiling
        wait.add(Self.input, isFull ? 0 : POLLIN)
        wait.add(Self.output, hasOutput ? POLLOUT : 0)
    }

    /// Reads what is there; false once standard input has ended.
    func receive() throws(WireError) -> Bool {
        while true {
            let count = buffer.withUnsafeMutableBytes { probe_read(Self.input, $0.baseAddress, $0.count) }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return true }
            guard count > 0 else { return false }
            let holdsKey = opener == nil
            try take(buffer[..<count])
            if holdsKey { for index in 0..<count { buffer[index] = 0 } }
            if count < buffer.count { return true }
        }
    }

    /// Throws where the input ended within the key or a frame.
    func finish() throws(WireError) {
        if let opener { return try opener.finish() }
        if !key.isEmpty { throw .cutFrame }
    }

    func nextRequest() throws(WireError) -> Request? {
        guard let message = try opener?.next() else { return nil }
        return try Request(decoding: message)
    }

    func send(_ reply: Reply) throws(WireError) {
        guard let sealer else { return }
        let (front, rest) = reply.encodeInParts()
        let frame = try sealer.seal(front, followedBy: rest)
        if hasOutput {
            outgoing += frame
        } else {
            outgoing = frame
            written = 0
        }
    }

    /// Writes what the channel takes now; false where nobody reads any more.
    func flush() -> Bool {
        while hasOutput {
            let count = outgoing.withUnsafeBytes {
                // `written` is below the count: `hasOutput`.
                probe_write(Self.output, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return true }
            if count < 0 { return false }
            written += count
        }
        outgoing = []
        written = 0
        return true
    }

    private func take(_ bytes: ArraySlice<UInt8>) throws(WireError) {
        if let opener { return opener.feed(bytes) }
        let missing = Frame.keyLength - key.count
        key += bytes.prefix(missing)
        guard key.count == Frame.keyLength else { return }
        let opener = try FrameOpener(key: key, direction: .toProbe)
        sealer = try FrameSealer(key: key, direction: .toServer)
        for index in key.indices { key[index] = 0 }
        key = []
        opener.feed(bytes.dropFirst(missing))
        self.opener = opener
    }
}
