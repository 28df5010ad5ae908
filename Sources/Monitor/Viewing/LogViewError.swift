/// Why stored lines cannot be shown, in a sentence that ends with the mend.
package struct LogViewError: Error, Equatable, CustomStringConvertible, Sendable {
    package enum Kind: Sendable {
        /// What was asked for is not there, or contradicts itself.
        case usage
        /// The journal or the database cannot be read.
        case unavailable
        /// What is read cannot be written.
        case output
        /// Nobody reads the output any more: no failure.
        case closed
    }

    package var kind: Kind
    package var description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
