/// An address as RFC 5322 `mailbox`, limited to what every server takes: an ASCII dot-atom before the `@`, and a name
/// or a bracketed address literal behind it.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    /// Empty where there is none.
    package let displayName: String
    /// `ops@example.org`
    package let address: String

    /// Reads `ops@example.org`, `Operations <ops@example.org>` or `"Operations, night" <ops@example.org>`.
    package init(parsing text: String) throws(MailAddressError) {
        let trimmed = text.trimmed
        if trimmed.hasSuffix(">"), let start = trimmed.lastIndex(of: "<") {
            var name = String(trimmed[..<start]).trimmed
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") {
                let inner = String(name.dropFirst().dropLast())
                name = inner.replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
            }
            guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                throw MailAddressError(text, "a name must not contain control characters")
            }
            displayName = name
            address = String(trimmed[trimmed.index(after: start)...].dropLast()).trimmed
        } else {
            displayName = ""
            address = trimmed
        }
        try MailAddress.check(address, in: text)
    }

    /// Reads a list separated by commas, at least one.
    package static func list(parsing text: String) throws(MailAddressError) -> [MailAddress] {
        var parts: [String] = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        var addresses: [MailAddress] = []
        for part in parts {
            let address = try MailAddress(parsing: part)
            if !addresses.contains(where: { $0.address == address.address }) { addresses.append(address) }
        }
        return addresses
    }

    /// What stands behind the `@`.
    package var domain: String {
        address.split(separator: "@").last.map(String.init) ?? ""
    }

    package var description: String { displayName.isEmpty ? address : "\(displayName) <\(address)>" }

    private static func check(_ address: String, in text: String) throws(MailAddressError) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw MailAddressError(text, "one @ is expected, as in ops@example.org") }
        guard address.utf8.count <= 254, parts[0].utf8.count <= 64 else {
            throw MailAddressError(text, "it is too long: 64 characters before the @ and 254 in all are allowed")
        }
        guard isDotAtom(parts[0], allowed: "!#$%&'*+-/=?^_`{|}~") else {
            throw MailAddressError(text, "only letters, digits, dots and !#$%&'*+-/=?^_`{|}~ may stand before the @")
        }
        if parts[1].hasPrefix("["), parts[1].hasSuffix("]"), parts[1].utf8.count > 2 {
            let literal = parts[1].dropFirst().dropLast()
            guard literal.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") })
            else { throw MailAddressError(text, "the address in brackets is not an IP address") }
        } else if !isDotAtom(parts[1], allowed: "-") {
            throw MailAddressError(text, "only letters, digits, hyphens and dots may stand behind the @")
        }
    }

    /// Runs of allowed characters with single dots between them.
    private static func isDotAtom(_ text: Substring, allowed: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { isAlphanumeric($0) || allowed.utf8.contains($0) }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

/// Why a text is no mail address, as a sentence with what is allowed.
package struct MailAddressError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ text: String, _ reason: String) {
        description = "\"\(PrintableText.line(text, limit: 80))\" is not a mail address: \(reason)"
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[first...].reversed().drop { $0.isWhitespace }.reversed())
    }
}
