/// An SFTP server with a folder on it: `sftp://user@host:port/folder`.
///
/// The folder is as curl has it (curl(1), "SFTP"): absolute, and behind `/~/` relative to the login directory. Without any
/// it is the login directory, `.`. User and folder may be percent-encoded (RFC 3986); an IPv6 address stands in brackets.
struct DeliveryServer: Equatable, Sendable {
    /// What is wrong, and the mend; neither tells any of the text.
    struct Invalid: Error, Equatable {
        let what: String
        let allowed: String
    }

    /// Nil where it is not told.
    var user: String?
    /// Without brackets.
    var host: String
    var port: UInt16
    /// Without a slash at its end, but for `/`.
    var directory: String

    private static let form = "sftp://user@host:port/folder"

    init(parsing text: String) throws(Invalid) {
        guard text.lowercased().hasPrefix("sftp://") else {
            throw Invalid(what: "it does not begin with sftp://", allowed: DeliveryServer.form)
        }
        let rest = text.dropFirst("sftp://".count)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw Invalid(what: "it has a ? or a #", allowed: "in a user or a folder they are written %3F and %23")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        var place = authority
        if let at = authority.lastIndex(of: "@") {
            place = authority[authority.index(after: at)...]
            user = try DeliveryServer.user(authority[..<at])
        }
        (host, port) = try DeliveryServer.place(place)
        directory = try DeliveryServer.directory(rest[slash...])
    }

    private static func user(_ text: Substring) throws(Invalid) -> String {
        guard !text.contains(":") else {
            throw Invalid(
                what: "it holds a password",
                allowed: "take it out and put it into a file for password-file; better, log in with a key"
            )
        }
        guard let user = decoded(text), !user.isEmpty, !user.contains("/") else {
            throw Invalid(what: "its user is empty or cannot be read", allowed: form)
        }
        return user
    }

    private static func place(_ text: Substring) throws(Invalid) -> (String, UInt16) {
        let (host, rest): (Substring, Substring)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw Invalid(what: "its address has no ]", allowed: "an IPv6 address is written [2001:db8::1]")
            }
            (host, rest) = (text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...])
            guard host.contains(":") else {
                throw Invalid(what: "what stands in its brackets is no IPv6 address", allowed: form)
            }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<colon], text[colon...])
            guard rest.dropFirst().firstIndex(of: ":") == nil else {
                throw Invalid(
                    what: "it has more than one colon",
                    allowed: "an IPv6 address is written in brackets: sftp://[2001:db8::1]:22/folder"
                )
            }
        }
        // A zone's % is written %25 (RFC 6874), and often as it is.
        let address = String(host).replacing("%25", with: "%")
        guard AddressText.isAddress(address) else {
            throw Invalid(what: "its host is missing or cannot be one", allowed: form)
        }
        guard !rest.isEmpty else { return (address, 22) }
        guard rest.hasPrefix(":"), let number = NumberText.integer(String(rest.dropFirst())),
            (1...65_535).contains(number)
        else { throw Invalid(what: "its port is not a number from 1 to 65535", allowed: form) }
        return (address, UInt16(number))
    }

    private static func directory(_ text: Substring) throws(Invalid) -> String {
        guard var path = decoded(text), path.utf8.count <= 1_000 else {
            throw Invalid(
                what: "its folder cannot be read, or is longer than 1000 bytes",
                allowed: "a % is written %25, and other characters as they are"
            )
        }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if path.isEmpty || path == "/~" { return "." }
        return path.hasPrefix("/~/") ? String(path.dropFirst(3)) : path
    }

    /// Nil for what is no percent-encoding of a text without control characters.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { return nil }
        return decoded.unicodeScalars.contains { $0.properties.generalCategory == .control } ? nil : decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
