import Foundation

/// Lists of words, separated by white space or commas.
enum ListText {
    static func words(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
}

/// Names that stand in tables, file names and subjects of mails.
enum NameText {
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
        return isLetterOrDigit(first) && text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    /// POSIX's portable names (IEEE Std 1003.1, section 8.1).
    static func isEnvironmentVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return !isDigit(first) && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

enum NumberText {
    static func integer(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy(NameText.isDigit) else { return nil }
        return Int(text)
    }

    /// Decimal digits with an optional sign and fraction: no exponent, no hexadecimal, nothing infinite.
    static func decimal(_ text: String) -> Double? {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 40, (1...2).contains(parts.count),
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(NameText.isDigit) })
        else { return nil }
        return Double(text)
    }
}

enum AddressText {
    /// A host name (RFC 1123, underscores tolerated), an IPv4 address, or an IPv6 address with an optional zone.
    static func isAddress(_ text: String) -> Bool {
        let address = unbracketed(text)
        guard !address.isEmpty, address.utf8.count <= 253 else { return false }
        if address.contains(":") {
            let parts = address.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !NameText.isName(String(parts[1])) { return false }
            var storage = in6_addr()
            return inet_pton(AF_INET6, String(parts[0]), &storage) == 1
        }
        let labels = address.split(separator: ".", omittingEmptySubsequences: false)
        // The last label may be empty: `web-1.example.org.` is a fully qualified name.
        guard labels.first?.isEmpty == false, !labels.dropLast().contains(where: \.isEmpty) else { return false }
        let isHostName = labels.allSatisfy { label in
            label.utf8.count <= 63 && !label.hasPrefix("-")
                && label.utf8.allSatisfy { NameText.isLetterOrDigit($0) || "-_".utf8.contains($0) }
        }
        guard isHostName else { return false }
        // Only digits and dots: an IPv4 address or a mistake.
        guard address.utf8.allSatisfy({ NameText.isDigit($0) || $0 == UInt8(ascii: ".") }) else { return true }
        var storage = in_addr()
        return inet_pton(AF_INET, address, &storage) == 1
    }

    /// `[2001:db8::1]` is accepted for the address in it.
    static func unbracketed(_ text: String) -> String {
        text.hasPrefix("[") && text.hasSuffix("]") && text.contains(":") ? String(text.dropFirst().dropLast()) : text
    }
}

enum MailAddressText {
    /// A dot-atom and a domain in ASCII (RFC 5322 section 3.4.1), without display names, comments, quoted parts and
    /// literals. What could end a header or a command is not among it.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, (1...64).contains(parts[0].utf8.count) else { return false }
        let local = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let special = "!#$%&'*+-/=?^_`{|}~".utf8
        guard
            local.allSatisfy({ atom in
                !atom.isEmpty
                    && atom.utf8.allSatisfy { NameText.isLetterOrDigit($0) || special.contains($0) }
            })
        else { return false }
        return parts[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { NameText.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }
}

enum HostKeyText {
    static let words = ["strict", "accept-new"]

    /// A fingerprint is as `ssh-keygen -l` prints it: SHA-256 in base64 without padding, 43 characters.
    static func isHostKey(_ text: String) -> Bool {
        if words.contains(text) { return true }
        guard text.hasPrefix("SHA256:") else { return false }
        let digest = text.dropFirst("SHA256:".count)
        return digest.utf8.count == 43
            && digest.utf8.allSatisfy { NameText.isLetterOrDigit($0) || "+/".utf8.contains($0) }
    }
}
