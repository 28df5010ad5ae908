import Foundation

extension MailMessage {
    /// The message as RFC 5322, 2045 and 2047 have it: CRLF line ends, ASCII only, no line longer than 998 bytes.
    /// Lines that begin with a dot are as they are; doubling it is the transfer's part.
    package func encoded() -> [UInt8] {
        var headers = [
            "From: \(MailMessage.mailbox(from, headerName: "From"))",
            "To: \(to.map { MailMessage.mailbox($0, headerName: "To") }.joined(separator: ",\r\n "))",
            "Subject: \(EncodedWords.unstructured(subject, headerName: "Subject"))",
            "Date: \(MailMessage.dateText(dateSeconds))",
            "Message-ID: \(MailMessage.identifier(messageID))",
        ]
        if let inReplyTo { headers.append("In-Reply-To: \(MailMessage.identifier(inReplyTo))") }
        if !references.isEmpty {
            headers.append("References: \(references.map(MailMessage.identifier).joined(separator: "\r\n "))")
        }
        headers += [
            // RFC 3834: holiday notes and other automatic replies stay away.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
        return Array((headers.joined(separator: "\r\n") + "\r\n" + content).utf8)
    }

    /// What follows the message's own headers: those of the content, an empty line, and the content.
    private var content: String {
        guard let html else { return MailMessage.part(body, subtype: "plain") }
        // RFC 2046, 5.1.4: the last one is the best, and shown by whoever can.
        let parts = [
            MailMessage.part(body, subtype: "plain", isAmongOthers: true),
            MailMessage.part(html, subtype: "html", isAmongOthers: true),
        ]
        let boundary = BodyEncoding.boundary
        return "Content-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n"
            + parts.map { "--\(boundary)\r\n\($0)" }.joined(separator: "\r\n") + "\r\n--\(boundary)--\r\n"
    }

    private static func part(_ text: String, subtype: String, isAmongOthers: Bool = false) -> String {
        let encoded = BodyEncoding(text, isAmongOthers: isAmongOthers)
        return "Content-Type: text/\(subtype); charset=utf-8\r\nContent-Transfer-Encoding: \(encoded.name)\r\n\r\n"
            + encoded.text
    }

    private static func mailbox(_ address: MailAddress, headerName: String) -> String {
        let name = address.displayName
        guard !name.isEmpty else { return address.address }
        let isPlain =
            name.utf8.count <= 60 && name.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !name.contains("=?")
        guard isPlain else { return "\(EncodedWords.encoded(name, headerName: headerName))\r\n <\(address.address)>" }
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(quoted)\" <\(address.address)>"
    }

    /// A message identifier in its brackets (RFC 5322, 3.6.4), without anything that could end it or the line.
    private static func identifier(_ text: String) -> String {
        let parts = text.split(separator: "@").map { part in
            part.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-/=?^_`{|}~.".contains($0)) }
        }
        let right = parts.count > 1 ? parts[parts.count - 1] : "invalid"
        return "<\(parts.dropLast(parts.count > 1 ? 1 : 0).joined().prefix(200))@\(right.prefix(250))>"
    }

    /// RFC 5322, 3.3, in UTC: `Fri, 20 Nov 2026 18:04:05 +0000`.
    private static func dateText(_ seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&moment, &parts) != nil else { return "Thu, 01 Jan 1970 00:00:00 +0000" }
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func pad(_ number: Int32) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(days[Int(parts.tm_wday)]), \(pad(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(parts.tm_year + 1_900) \(pad(parts.tm_hour)):\(pad(parts.tm_min)):\(pad(parts.tm_sec)) +0000"
    }
}
