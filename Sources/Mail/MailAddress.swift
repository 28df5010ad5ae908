/// An address as RFC 5322 `mailbox`, limited to ASCII addresses that every server takes.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    /// Empty where there is none.
    package let displayName: String
    /// `ops@example.org`
    package let address: String

    /// Reads `ops@example.org` or `Operations <ops@example.org>`.
    package init(parsing text: String) throws(MailAddressError) {
        displayName = ""
        address = text
    }

    /// Reads a list separated by commas, at least one.
    package static func list(parsing text: String) throws(MailAddressError) -> [MailAddress] {
        [try MailAddress(parsing: text)]
    }

    package var domain: String { "" }

    package var description: String { address }
}

/// Why a text is no mail address, as a sentence with what is allowed.
package struct MailAddressError: Error, Equatable, CustomStringConvertible {
    package let description: String
}
