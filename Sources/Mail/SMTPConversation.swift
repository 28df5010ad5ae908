import CCurl
import Glibc

/// What libcurl tells of one dialogue with a server while it runs: the commands' names, the server's replies, and
/// which recipient each was about. It never keeps what is sent while logging in.
final class SMTPConversation {
    struct Reply: Equatable {
        var code: Int
        var text: String
    }

    /// The message, and how much of it libcurl has taken.
    private let message: [UInt8]
    private var offset = 0
    private let isCancelled: () -> Bool

    /// The name of the last command, `EHLO`…`DATA`; nil before the first.
    private(set) var lastCommand: String?
    /// The server's last complete reply; nil while it has said nothing.
    private(set) var lastReply: Reply?
    private(set) var refusals: [(recipient: String, reply: Reply)] = []
    private(set) var wasCancelled = false
    private(set) var isEncrypted = false
    /// The connection's descriptor, which libcurl owns.
    var socket: Int32?
    private var hasEnded = false
    private var recipient: String?
    private var isSendingMessage = false
    private var multiline: [String] = []

    private static let replyLimit = 500

    init(message: [UInt8], isCancelled: @escaping () -> Bool) {
        self.message = message
        self.isCancelled = isCancelled
    }

    /// The reply that took the message; nil while there is none.
    private(set) var acceptance: Reply?

    // MARK: Called by libcurl

    func read(into buffer: UnsafeMutablePointer<CChar>, capacity: Int) -> Int {
        let count = min(capacity, message.count - offset)
        guard count > 0 else { return 0 }
        message.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: buffer, count: count).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
            )
        }
        offset += count
        return count
    }

    func shouldStop() -> Bool {
        if isCancelled() { wasCancelled = true }
        return wasCancelled
    }

    func note(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case CURLINFO_HEADER_OUT: noteCommand(bytes)
        case CURLINFO_HEADER_IN: noteReply(String(decoding: bytes.prefix(2_000), as: UTF8.self))
        case CURLINFO_DATA_OUT: isSendingMessage = true
        case CURLINFO_SSL_DATA_IN, CURLINFO_SSL_DATA_OUT: isEncrypted = true
        default: break
        }
    }

    private func noteCommand(_ bytes: UnsafeRawBufferPointer) {
        let verb = String(decoding: bytes.prefix { (0x41...0x5a).contains($0) }.prefix(12), as: UTF8.self)
        recipient = nil
        switch verb {
        case "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "DATA", "NOOP":
            lastCommand = verb
        case "QUIT":
            // All is decided. libcurl would wait for the reply up to two minutes, whatever the timeouts say
            // (`Curl_pp_state_timeout` leaves them out while disconnecting); with no more to read it goes on at once.
            hasEnded = true
            if let socket { shutdown(socket, Int32(SHUT_RD)) }
        case "RCPT":
            lastCommand = verb
            let line = String(decoding: bytes.prefix(400), as: UTF8.self)
            if let start = line.firstIndex(of: "<"), let end = line.firstIndex(of: ">"), start < end {
                recipient = String(line[line.index(after: start)..<end])
            }
        default:
            // What follows AUTH are credentials.
            break
        }
    }

    private func noteReply(_ line: String) {
        let digits = line.utf8.prefix(3)
        guard !hasEnded, digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let code = Int(line.prefix(3))
        else { return }
        let rest = line.dropFirst(3)
        if multiline.count < 20 { multiline.append(PrintableText.line(String(rest.dropFirst()), limit: 300).trimmed) }
        guard !rest.hasPrefix("-") else { return }
        let text = PrintableText.line(multiline.joined(separator: " "), limit: SMTPConversation.replyLimit)
        multiline = []
        let reply = Reply(code: code, text: text)
        lastReply = reply
        if isSendingMessage, acceptance == nil, code < 400 { acceptance = reply }
        if let recipient, code >= 400 { refusals.append((recipient, reply)) }
    }
}
