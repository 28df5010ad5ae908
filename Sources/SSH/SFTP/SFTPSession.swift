import CLibSSH2

/// SFTP version 3 over a channel of a session (draft-ietf-secsh-filexfer-02, and the extensions in OpenSSH's PROTOCOL).
///
/// The protocol is spoken here and not by libssh2, which after a refusal forgets the packets behind it
/// (docs/decisions/0015-sftp.md). Every request has a number and every reply says which it answers, so that many are
/// under way at once, and a refusal disturbs nothing behind it.
///
/// Used on the thread of its session. Every call blocks at most until its deadline (the target's timeout without one);
/// after `timedOut`, `interrupted` or `connectionLost` session and SFTP are of no further use.
package final class SFTPSession {
    /// How long a server may take to greet; one that has no SFTP may say nothing at all.
    private static let greetingTime = Duration.seconds(5)
    /// A reply is smaller than this: more is never asked for.
    private static let packetLimit = 1 << 20

    package let session: SSHSession
    private let channel: SSHChannel
    /// What the server offers beyond version 3.
    private(set) var extensions: Set<String> = []
    /// What is being done, as errors say it.
    var doing = "starting"

    private var outgoing = SFTPWriter()
    private var incoming: [UInt8] = []
    private var parsed = 0
    private var lastID: UInt32 = 0
    /// Requests whose replies have not come, and whether anybody waits for them.
    private var awaited: [UInt32: Bool] = [:]
    /// Replies that came before the one that was waited for.
    private var early: [UInt32: SFTPReply] = [:]

    /// Starts the server's SFTP on a channel of its own.
    /// - Throws: kind `unsupported` where the server has none; the session is as usable as before then.
    @available(*, noasync)
    package init(over session: SSHSession, deadline: ContinuousClock.Instant? = nil) throws(SSHError) {
        let deadline = deadline ?? .now + session.target.timeout
        self.session = session
        do throws(SSHError) {
            channel = try session.start("sftp", as: "subsystem", deadline: deadline)
        } catch {
            guard error.kind != .commandRefused else {
                throw SFTPSession.missing(session.target, "the server refuses to start it")
            }
            throw SFTPSession.told(error, session.target, "starting")
        }
        do throws(SSHError) {
            try greet(until: min(deadline, .now + SFTPSession.greetingTime))
        } catch {
            end(waiting: false)
            throw error
        }
    }

    /// Ends the server's SFTP and waits for that, but not long. The session goes on.
    package func close() { end(waiting: true) }

    /// - Parameter waiting: for the program's end, without which the session is of no further use.
    private func end(waiting: Bool) {
        guard session.isUsable else { return }
        let deadline = ContinuousClock.now + .seconds(waiting ? 2 : 1)
        do throws(SSHError) {
            // dropbear (seen in 2022.83) dies of a channel that is closed before its program has ended.
            try channel.finishInput(deadline: deadline)
            if waiting { _ = try channel.waitForExit(deadline: deadline) }
        } catch {
            if SFTPSession.isEndOfProgram(error) { session.isUsable = true }
        }
        channel.close(deadline: deadline)
    }

    /// Whether the program is gone, and with it the channel; the connection is not.
    private static func isEndOfProgram(_ error: SSHError) -> Bool {
        let code = CInt(clamping: error.code)
        return code == LIBSSH2_ERROR_CHANNEL_CLOSED || code == LIBSSH2_ERROR_CHANNEL_EOF_SENT
    }

    // MARK: Greeting

    private func greet(until deadline: ContinuousClock.Instant) throws(SSHError) {
        outgoing.begin(.initialize)
        outgoing.add(UInt32(3))
        outgoing.end()
        var greeting: SFTPReader?
        do throws(SSHError) {
            try flush(until: deadline)
            // A length that a greeting may have, and its type: a shell's profile that prints comes before it.
            while incoming.count < 5 || incoming[0] == 0 && incoming[1] == 0 && incoming[4] == 2 {
                greeting = try packet()?.fields
                guard greeting == nil, try receive(until: deadline) else { break }
            }
        } catch {
            if SFTPSession.isEndOfProgram(error) {
                session.isUsable = true
            } else if error.kind != .timedOut || !session.isUsable {
                throw error
            }
        }
        guard var fields = greeting, let version = fields.number() else {
            let printed = incoming.isEmpty ? channel.takeStandardError() : incoming
            let text = SSHSession.printable(printed, limit: 200)
            throw SFTPSession.missing(session.target, text.isEmpty ? "nothing answers" : "it says “\(text)”")
        }
        guard version >= 3 else {
            throw SFTPSession.missing(session.target, "it speaks version \(version), and 3 is needed")
        }
        while let name = fields.text(), fields.string() != nil { extensions.insert(name) }
    }

    // MARK: Requests and replies

    /// Adds a request to what is sent by the next `flush`; the number of its reply.
    func request(_ type: SFTPPacketType, _ fields: (inout SFTPWriter) -> Void) -> UInt32 {
        lastID &+= 1
        outgoing.begin(type)
        outgoing.add(lastID)
        fields(&outgoing)
        outgoing.end()
        awaited[lastID] = true
        return lastID
    }

    /// Bytes that the next `flush` sends.
    var pendingBytes: Int { outgoing.bytes.count }

    func flush(until deadline: ContinuousClock.Instant) throws(SSHError) {
        defer { outgoing.removeAll() }
        do throws(SSHError) {
            try channel.write(outgoing.bytes, deadline: deadline)
        } catch {
            throw SFTPSession.told(error, session.target, doing)
        }
    }

    /// Blocks until the reply to a request is here.
    func reply(to id: UInt32, until deadline: ContinuousClock.Instant) throws(SSHError) -> SFTPReply {
        while true {
            if let reply = early.removeValue(forKey: id) { return reply }
            if let (number, reply) = try nextReply() {
                if number == id { return reply }
                early[number] = reply
                continue
            }
            guard try receive(until: deadline) else { throw ended() }
        }
    }

    /// The reply to a request if it is here already.
    func replyIfHere(to id: UInt32) throws(SSHError) -> SFTPReply? {
        while true {
            if let reply = early.removeValue(forKey: id) { return reply }
            if let (number, reply) = try nextReply() {
                if number == id { return reply }
                early[number] = reply
                continue
            }
            guard channel.isReadable else { return nil }
            guard try receive(until: .now) else { throw ended() }
        }
    }

    /// Nobody waits for it any more; it may still come.
    func forget(_ id: UInt32) {
        if early.removeValue(forKey: id) == nil, awaited[id] != nil { awaited[id] = false }
    }

    /// One request and its reply.
    func call(
        _ type: SFTPPacketType,
        until deadline: ContinuousClock.Instant,
        _ fields: (inout SFTPWriter) -> Void
    ) throws(SSHError) -> SFTPReply {
        let id = request(type, fields)
        try flush(until: deadline)
        return try reply(to: id, until: deadline)
    }

    private func nextReply() throws(SSHError) -> (UInt32, SFTPReply)? {
        while let packet = try packet() {
            var fields = packet.fields
            guard let type = SFTPPacketType(rawValue: packet.type), let id = fields.number(),
                let isWanted = awaited.removeValue(forKey: id), let reply = SFTPReply(type, &fields)
            else { throw garbled() }
            if isWanted { return (id, reply) }
        }
        return nil
    }

    /// The next packet that is here whole, without its length.
    private func packet() throws(SSHError) -> (type: UInt8, fields: SFTPReader)? {
        guard incoming.count - parsed >= 5 else { return compact() }
        let length = incoming[parsed..<parsed + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 1, length <= SFTPSession.packetLimit else { throw garbled() }
        guard incoming.count - parsed >= 4 + length else { return compact() }
        defer { parsed += 4 + length }
        return (incoming[parsed + 4], SFTPReader(incoming[parsed + 5..<parsed + 4 + length]))
    }

    private func compact() -> (type: UInt8, fields: SFTPReader)? {
        incoming.removeSubrange(..<parsed)
        parsed = 0
        return nil
    }

    /// Blocks until more came; false at the end of the server's output.
    private func receive(until deadline: ContinuousClock.Instant) throws(SSHError) -> Bool {
        do throws(SSHError) {
            return try channel.read(appendingTo: &incoming, deadline: deadline) > 0
        } catch {
            throw SFTPSession.told(error, session.target, doing)
        }
    }

    // MARK: Errors

    /// The reply to a request that was refused, or that is none of those which answer it.
    func failure(_ reply: SFTPReply, mend: String? = nil) -> SSHError {
        guard case .status(let status, let message) = reply, status != .ok else { return garbled() }
        let text = SSHSession.printable(Array(message.utf8), limit: 200)
        return SSHError(
            session.target,
            .files,
            status.kind,
            code: Int(status.rawValue),
            // Most servers say the name of the code and nothing else.
            libraryText: text.isEmpty || text.lowercased() == status.name ? "" : text,
            detail: doing,
            mend: mend
        )
    }

    func failure(_ kind: SSHError.Kind, _ what: String, mend: String? = nil) -> SSHError {
        SSHError(session.target, .files, kind, detail: what, mend: mend)
    }

    private func ended() -> SSHError {
        let said = SSHSession.printable(channel.takeStandardError(), limit: 200)
        return SSHError(
            session.target,
            .files,
            .connectionLost,
            libraryText: said,
            detail: "\(doing): its SFTP server ended"
        )
    }

    private func garbled() -> SSHError {
        session.isUsable = false
        return SSHError(session.target, .files, .failed, detail: "\(doing): its SFTP server sent what is no SFTP")
    }

    private static func missing(_ target: SSHTarget, _ what: String) -> SSHError {
        SSHError(
            target,
            .files,
            .unsupported,
            detail: what,
            mend: "Enable SFTP there (Subsystem sftp internal-sftp in sshd_config), with nothing that prints at login."
        )
    }

    /// The same error as one of SFTP.
    private static func told(_ error: SSHError, _ target: SSHTarget, _ what: String) -> SSHError {
        SSHError(
            target,
            .files,
            error.kind,
            code: error.code,
            libraryText: error.libraryText,
            detail: error.detail.isEmpty ? what : "\(what): \(error.detail)"
        )
    }
}
