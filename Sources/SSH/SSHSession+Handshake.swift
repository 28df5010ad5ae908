import CLibSSH2
import Glibc

extension SSHSession {
    /// Banners, key exchange and the request for the login service.
    func handshake(until deadline: ContinuousClock.Instant) throws(SSHError) {
        let pointer = try open(.handshake)
        defer { context.firstBytes = nil }
        while true {
            context.begin(until: deadline)
            let code = libssh2_session_handshake(pointer, socket)
            if code == 0 { return }
            if code != LIBSSH2_ERROR_EAGAIN { throw handshakeError(Int(code), context.firstBytes ?? []) }
            do {
                try wait(.handshake, until: deadline)
            } catch {
                guard error.kind == .timedOut else { throw error }
                throw timeout(context.firstBytes ?? [])
            }
        }
    }

    private func isAtEnd() -> Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, CInt(MSG_PEEK)) == 0
    }

    private func handshakeError(_ code: Int, _ firstBytes: [UInt8]) -> SSHError {
        let error = error(.handshake, code)
        // libssh2 reports a connection that ends during the key exchange as a failure of the exchange.
        if error.kind == .failed, isAtEnd() {
            return SSHError(
                target,
                .handshake,
                .closedDuringHandshake,
                code: code,
                libraryText: error.libraryText
            )
        }
        // sshd tells before it drops a connection; libssh2 takes the line for a banner and waits for more.
        if firstBytes.starts(with: "Exceeded MaxStartups".utf8) || firstBytes.starts(with: "Not allowed".utf8) {
            return SSHError(
                target,
                .handshake,
                .closedDuringHandshake,
                code: code,
                libraryText: SSHSession.printable(firstBytes)
            )
        }
        let speaksSSH = firstBytes.starts(with: "SSH-".utf8) || contains(firstBytes, "\nSSH-")
        guard !firstBytes.isEmpty, !speaksSSH, error.kind == .closedDuringHandshake || error.kind == .notSSH else {
            return error
        }
        return SSHError(
            target,
            .handshake,
            .notSSH,
            code: code,
            detail: "it says “\(SSHSession.printable(firstBytes))”"
        )
    }

    private func timeout(_ firstBytes: [UInt8]) -> SSHError {
        if firstBytes.isEmpty {
            return SSHError(
                target,
                .handshake,
                .timedOut,
                detail: "the server accepts connections and says nothing",
                mend: "Check that port \(target.port) is sshd's and that the host is not overloaded."
            )
        }
        if firstBytes.starts(with: "SSH-".utf8) || contains(firstBytes, "\nSSH-") {
            return SSHError(target, .handshake, .timedOut)
        }
        return SSHError(target, .handshake, .notSSH, detail: "it says “\(SSHSession.printable(firstBytes))”")
    }

    private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        let text = Array(text.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: text) }
    }

    /// The first line of foreign bytes, with everything that a terminal or a mail could misunderstand replaced.
    static func printable(_ bytes: [UInt8], limit: Int = 80) -> String {
        let line = bytes.drop { $0 == 10 || $0 == 13 }.prefix { $0 != 10 && $0 != 13 }.prefix(limit)
        let clean = line.map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: clean, as: UTF8.self)
    }
}
