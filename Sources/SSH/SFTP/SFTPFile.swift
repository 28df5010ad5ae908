/// A file that is open on the server. Calls block at most until their deadline; `write` is pipelined.
package final class SFTPFile {
    /// Requests under way at a time, as many as OpenSSH's sftp.
    private static let window = 64
    /// Bytes of the file in one request: every server has to take packets of 34,000 bytes (section 3).
    private static let pieceSize = 32_768
    /// Requests that are handed to the connection at once.
    private static let flushBytes = 8 * (pieceSize + 64)
    private static let readsUnderWay = 32

    package let path: String
    private let sftp: SFTPSession
    private var handle: [UInt8]
    private var offset: UInt64 = 0
    /// Requests to write that are not confirmed yet, in their order.
    private var writes: [UInt32] = []
    private var confirmed = 0
    /// The request to make the content durable, while it is under way.
    private var syncing: UInt32?
    private var isOpen = true

    fileprivate init(_ sftp: SFTPSession, _ path: String, _ handle: [UInt8]) {
        self.sftp = sftp
        self.path = path
        self.handle = handle
    }

    /// Adds bytes behind those that were written before. They are confirmed by `finishWriting`; an error may tell of
    /// bytes of an earlier call.
    package func write(_ bytes: UnsafeRawBufferPointer, deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        let deadline = sftp.time(deadline)
        sftp.doing = "writing \(path)"
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(SFTPFile.pieceSize))
            rest = rest.dropFirst(piece.count)
            writes.append(
                sftp.request(.write) {
                    $0.add(handle)
                    $0.add(offset)
                    $0.add(piece)
                }
            )
            offset += UInt64(piece.count)
            if sftp.pendingBytes >= SFTPFile.flushBytes { try send(until: deadline) }
        }
        try send(until: deadline)
    }

    package func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        var failure: SSHError?
        bytes.withUnsafeBytes { raw in
            do throws(SSHError) {
                try write(raw, deadline: deadline)
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func send(until deadline: ContinuousClock.Instant) throws(SSHError) {
        try sftp.flush(until: deadline)
        while let first = writes.dropFirst(confirmed).first {
            let isFull = writes.count - confirmed > SFTPFile.window - 8
            let reply = isFull ? try sftp.reply(to: first, until: deadline) : try sftp.replyIfHere(to: first)
            guard let reply else { break }
            try confirm(reply)
        }
        if confirmed > 1_024 {
            writes.removeFirst(confirmed)
            confirmed = 0
        }
    }

    private func confirm(_ reply: SFTPReply) throws(SSHError) {
        confirmed += 1
        if case .status(.ok, _) = reply { return }
        for id in writes.dropFirst(confirmed) { sftp.forget(id) }
        writes = []
        confirmed = 0
        throw sftp.explained(sftp.failure(reply), path)
    }

    /// Blocks until the server has confirmed everything that was written.
    package func finishWriting(deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        let deadline = sftp.time(deadline)
        sftp.doing = "writing \(path)"
        while let first = writes.dropFirst(confirmed).first { try confirm(try sftp.reply(to: first, until: deadline)) }
        writes = []
        confirmed = 0
    }

    /// Makes the content durable (fsync@openssh.com).
    /// - Returns: false where the server cannot.
    @discardableResult
    package func sync(deadline: ContinuousClock.Instant? = nil) throws(SSHError) -> Bool {
        try startSync(deadline: deadline)
        return try finishSync(deadline: deadline)
    }

    /// Asks for it and does not wait; the server answers nothing else over this SFTP until it is done.
    package func startSync(deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        guard sftp.canSync, syncing == nil else { return }
        sftp.doing = "syncing \(path)"
        syncing = sftp.request(.extended) {
            $0.add("fsync@openssh.com")
            $0.add(handle)
        }
        try sftp.flush(until: sftp.time(deadline))
    }

    /// Blocks until what `startSync` asked for is done.
    /// - Returns: false where the server cannot.
    package func finishSync(deadline: ContinuousClock.Instant? = nil) throws(SSHError) -> Bool {
        guard let request = syncing else { return false }
        syncing = nil
        sftp.doing = "syncing \(path)"
        let reply = try sftp.reply(to: request, until: sftp.time(deadline))
        if case .status(.ok, _) = reply { return true }
        let error = sftp.failure(reply)
        // Offered, but not by this file system: 5 is what OpenSSH makes of EINVAL.
        if error.kind == .unsupported || error.code == 5 { return false }
        throw sftp.explained(error, path)
    }

    package func attributes(deadline: ContinuousClock.Instant? = nil) throws(SSHError) -> SFTPAttributes {
        sftp.doing = "looking at \(path)"
        let reply = try sftp.call(.fstat, until: sftp.time(deadline)) { $0.add(handle) }
        guard case .attributes(let attributes) = reply else { throw sftp.failure(reply) }
        return attributes
    }

    package func setPermissions(_ mode: UInt32, deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        sftp.doing = "setting the mode of \(path)"
        let reply = try sftp.call(.fsetstat, until: sftp.time(deadline)) {
            $0.add(handle)
            $0.add(permissions: mode)
        }
        try sftp.check(reply)
    }

    /// Reads the file from its begin to its end, several pieces under way. The deadline counts for each piece: the
    /// target's timeout.
    /// - Parameter limit: bytes that are asked for at most; a server may find no end.
    package func read(limit: UInt64 = .max, _ take: (ArraySlice<UInt8>) -> Void) throws(SSHError) {
        sftp.doing = "reading \(path)"
        var next: UInt64 = 0
        // In the order of the file.
        var underWay: [(id: UInt32, offset: UInt64, length: Int)] = []
        defer { for read in underWay { sftp.forget(read.id) } }
        var isAtEnd = false
        while true {
            while !isAtEnd, next < limit, underWay.count < SFTPFile.readsUnderWay {
                let length = Int(min(UInt64(SFTPFile.pieceSize), limit - next))
                underWay.append((ask(next, length), next, length))
                next += UInt64(length)
            }
            guard let first = underWay.first else { return }
            let deadline = sftp.time(nil)
            if sftp.pendingBytes > 0 { try sftp.flush(until: deadline) }
            let reply = try sftp.reply(to: first.id, until: deadline)
            underWay.removeFirst()
            switch reply {
            case .data(let bytes) where !bytes.isEmpty && bytes.count <= first.length:
                take(bytes[...])
                if bytes.count < first.length {
                    // A server may give less than was asked for; the rest comes before what is behind it.
                    let offset = first.offset + UInt64(bytes.count)
                    let length = first.length - bytes.count
                    underWay.insert((ask(offset, length), offset, length), at: 0)
                }
            case .status(.endOfFile, _):
                isAtEnd = true
                for read in underWay { sftp.forget(read.id) }
                underWay = []
            default: throw sftp.failure(reply)
            }
        }
    }

    private func ask(_ offset: UInt64, _ length: Int) -> UInt32 {
        sftp.request(.read) {
            $0.add(handle)
            $0.add(offset)
            $0.add(UInt32(length))
        }
    }

    /// Ends the use of the file; what was written is confirmed.
    package func close(deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        guard isOpen else { return }
        isOpen = false
        let deadline = sftp.time(deadline)
        let id = sftp.request(.close) { $0.add(handle) }
        try finishWriting(deadline: deadline)
        try sftp.flush(until: deadline)
        sftp.doing = "closing \(path)"
        let reply = try sftp.reply(to: id, until: deadline)
        if case .status(.ok, _) = reply { return }
        throw sftp.explained(sftp.failure(reply), path)
    }

    /// Ends the use of the file without waiting, whatever becomes of what was written.
    package func discard() {
        guard isOpen else { return }
        isOpen = false
        for id in writes.dropFirst(confirmed) { sftp.forget(id) }
        if let syncing { sftp.forget(syncing) }
        writes = []
        confirmed = 0
        sftp.closeLater(handle)
    }

    deinit { discard() }
}

extension SFTPSession {
    /// Whether the server offers to make files durable (fsync@openssh.com).
    package var canSync: Bool { extensions.contains("fsync@openssh.com") }

    /// Opens a file for writing from its begin; what it held is gone.
    /// - Parameter exclusively: whether it is refused that the file exists.
    package func create(
        _ path: String,
        mode: UInt32 = 0o644,
        exclusively: Bool = false,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) -> SFTPFile {
        doing = "creating \(path)"
        return try open(path, flags: exclusively ? 0x2a : 0x1a, deadline) { $0.add(permissions: mode) }
    }

    /// Opens a file that is there for writing and leaves what it holds.
    package func openForWriting(
        _ path: String,
        deadline: ContinuousClock.Instant? = nil
    ) throws(SSHError) -> SFTPFile {
        doing = "opening \(path)"
        return try open(path, flags: 2, deadline) { $0.addNoAttributes() }
    }

    /// Opens a file for reading.
    package func open(_ path: String, deadline: ContinuousClock.Instant? = nil) throws(SSHError) -> SFTPFile {
        doing = "opening \(path)"
        return try open(path, flags: 1, deadline) { $0.addNoAttributes() }
    }

    /// - Parameter flags: SSH_FXF_READ 1, WRITE 2, CREAT 8, TRUNC 16, EXCL 32.
    private func open(
        _ path: String,
        flags: UInt32,
        _ deadline: ContinuousClock.Instant?,
        _ attributes: (inout SFTPWriter) -> Void
    ) throws(SSHError) -> SFTPFile {
        let reply = try call(.open, until: time(deadline)) {
            $0.add(path)
            $0.add(flags)
            attributes(&$0)
        }
        guard case .handle(let handle) = reply else {
            throw flags & 2 != 0 ? explained(failure(reply), path) : failure(reply)
        }
        return SFTPFile(self, path, handle)
    }

    /// OpenSSH says "failure" for most things, a full disk and a quota among them: the file system is asked, which tells of
    /// the disk, and of a quota only where that is the directory's.
    fileprivate func explained(_ error: SSHError, _ path: String) -> SSHError {
        guard error.kind == .requestFailed, session.isUsable else { return error }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let space: SFTPFreeSpace?
        do throws(SSHError) { space = try freeSpace(at: folder) } catch { return error }
        guard let space, space.freeBytes < 1 << 16 || space.freeFiles == 0 else {
            let user = session.target.user
            return SSHError(
                session.target,
                .files,
                error.kind,
                code: error.code,
                libraryText: error.libraryText,
                detail: error.detail,
                mend:
                    "Free space there, or raise the quota of \(user). Where neither is short, look into the log of its "
                    + "SFTP server (internal-sftp -l INFO)."
            )
        }
        return failure(.diskFull, "\(error.detail): \(space.freeBytes) of \(space.totalBytes) bytes are free")
    }
}
