/// Why a line could not be read. The raw value is what rows, JSON and `status` say.
package enum UnreadReason: String, CaseIterable, Sendable {
    /// Longer than 64 KiB.
    case tooLong = "too_long"
    /// No known format fits: a log of another kind, or a binary file.
    case unknownFormat = "unknown_format"
    /// The line ends before its last field.
    case tooFewFields = "too_few_fields"
    /// More columns than `#Fields` names.
    case tooManyFields = "too_many_fields"
    /// A quoted string or bracket that does not end.
    case unclosedQuote = "unclosed_quote"
    /// A date or time that does not exist or is written otherwise.
    case badTime = "bad_time"
    /// Neither a number nor `-`.
    case badStatus = "bad_status"
    case badBytes = "bad_bytes"
    /// A W3C line before any `#Fields`, or `time` without a date.
    case noFields = "no_fields"
    case noDate = "no_date"
}

extension UnreadReason {
    /// For people: `too few fields`.
    package var words: String { rawValue.replacing("_", with: " ") }
}
