/// Why a line could not be read. The raw value is what rows, JSON and `status` say.
package enum UnreadReason: String, CaseIterable, Sendable {
    /// Longer than 64 KiB.
    case tooLong = "too_long"
    /// No known format fits: a log of another kind, or a binary file.
    case unknownFormat = "unknown_format"
    /// The line ends before its last field, or lacks one before its date.
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
    /// A W3C line before any `#Fields`, or `#Fields` without a time or without anything of a request.
    case noFields = "no_fields"
    /// A W3C line with a time, but neither a date nor a `#Date` before it.
    case noDate = "no_date"
}

extension UnreadReason {
    /// For people: `too few fields`.
    package var words: String { rawValue.replacing("_", with: " ") }
}
