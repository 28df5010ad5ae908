extension LineExplanation.Failure {
    /// The one place that says why a line cannot be read, and what would be right.
    init(_ reason: UnreadReason, at position: Int, in line: LineBytes, fields: W3CFields?, format: AccessLogFormat) {
        let found = Self.word(at: position, in: line)
        self.reason = reason
        column = position + 1
        (problem, mend) =
            switch reason {
            case .tooLong:
                (
                    "the line has \(line.count) bytes.",
                    "Lines of up to \(AccessLogParser.longestLine) bytes are read; longer ones are counted and passed over."
                )
            case .unknownFormat:
                (
                    "this is no line of a known format.",
                    "A line of the Common or Combined Log Format has its date in brackets right before the request in "
                        + "quotes: 192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] \"GET / HTTP/1.1\" 200 512. "
                        + "A W3C Extended log names its columns in a line that begins with #Fields:."
                )
            case .tooFewFields: Self.tooFewFields(position, line, fields, format)
            case .tooManyFields:
                (
                    "\(found) is one column more than the \(fields?.roles.count ?? 0) that #Fields names.",
                    "A value with blanks stands in quotes, or with + for each blank; otherwise #Fields is not that of "
                        + "this line."
                )
            case .unclosedQuote: Self.unclosed(position, line)
            case .badTime: Self.badTime(found, isW3C: fields != nil)
            case .badStatus:
                ("\(found) is no status.", "A status is a number of up to three digits, or - where there is none.")
            case .badBytes:
                ("\(found) is no number of bytes.", "Bytes are a whole number, or - where none were sent.")
            case .noFields:
                fields == nil
                    ? (
                        "no #Fields line came before this one.",
                        "A W3C Extended log names its columns first: #Fields: date time c-ip cs-method cs-uri-stem "
                            + "sc-status. It is read from where it does so."
                    )
                    : (
                        "#Fields names no time, or nothing of a request.",
                        "An access log has time and at least one of cs-method, cs-uri-stem, cs-uri and sc-status."
                    )
            case .noDate:
                (
                    "there is a time but no date.",
                    "Either #Fields has date, or a line #Date: 2026-11-21 13:05:00 came before."
                )
            }
    }

    private static func tooFewFields(
        _ position: Int,
        _ line: LineBytes,
        _ fields: W3CFields?,
        _ format: AccessLogFormat
    ) -> (String, String) {
        if let fields {
            var columns = W3CColumns(line)
            var count = 0
            while case .value = columns.next() { count += 1 }
            return (
                "the line ends after \(count) of the \(fields.roles.count) columns that #Fields names.",
                "Every line has all columns, with - for what is not there."
            )
        }
        if position < line.end, line[position] == .openingBracket {
            return (
                "a field is missing before the date.",
                "Remote host, remote logname and user stand there, with - for what is not known: "
                    + "192.0.2.1 - - [21/Nov/2026:13:05:00 +0000]."
            )
        }
        let last = format == .combined ? "referrer and user agent, each in quotes" : "status and bytes"
        return ("a field is missing here.", "Behind the request in quotes stand \(last), with - for what is not there.")
    }

    private static func unclosed(_ position: Int, _ line: LineBytes) -> (String, String) {
        guard position < line.end, line[position] == .quote else {
            return ("the bracket that opens here does not close.", "The date stands in brackets, before the request.")
        }
        return (
            "the quote that opens here does not close.",
            "A quoted field ends in a quote; one within it is written \\\" or \\x22, in a W3C Extended log \"\"."
        )
    }

    private static func badTime(_ found: String, isW3C: Bool) -> (String, String) {
        isW3C
            ? (
                "\(found) is no date or time that there is.",
                "A date is written 2026-11-21, a time 13:05:00 or 13:05:00.250, both in UTC."
            )
            : (
                "\(found) is no date that there is.",
                "A date is written [21/Nov/2026:13:05:00 +0000], right before the request in quotes."
            )
    }

    /// What stands there, up to the next space.
    private static func word(at position: Int, in line: LineBytes) -> String {
        let end = line.endOfWord(from: position, limit: line.end)
        if position >= end { return "the end of the line" }
        return "“\(LineExplanation.printable(Array(line.text(position..<end).utf8), limit: 60))”"
    }
}
