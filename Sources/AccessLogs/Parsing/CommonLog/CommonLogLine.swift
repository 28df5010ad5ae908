/// A line of the Common or Combined Log Format, field by field:
///
///     [virtual-host[:port]] client ident user [date] "request" status bytes ["referrer" "user agent" [further fields]]
///
/// Source: https://httpd.apache.org/docs/2.4/logs.html#accesslog and `mod_log_config`: what a client sent is logged
/// between quotes with `\"`, `\\` and `\xHH`, so the first quote without a backslash ends the field. nginx writes `\x22`
/// for it. The fields are kept as they were logged.
///
/// The date is the bracket right before the request's opening quote. Users, hosts and virtual hosts stand before it and
/// may hold spaces and brackets; nothing behind it is looked at for a date.
struct CommonLogLine {
    /// What follows the bytes.
    enum Tail: Equatable {
        case nothing
        case referrerAndAgent
        /// Something else than two quoted strings.
        case other
    }

    /// How much of it there has to be.
    enum Expectation {
        /// Up to the bytes; what follows is not looked at.
        case common
        /// Referrer and user agent too.
        case combined
        /// Whatever the line has.
        case either
    }

    var prefix = CommonLogPrefix()
    /// Without its brackets.
    var date = 0..<0
    /// Milliseconds since 1970.
    var time: Int64 = 0
    /// Without its quotes, as the other two quoted ones.
    var request = 0..<0
    var status = 0..<0
    var statusCode: UInt16 = 0
    var bytes = 0..<0
    var byteCount: UInt64 = 0
    var referrer = 0..<0
    var userAgent = 0..<0
    var tail = Tail.nothing
    /// What follows the last field that is known.
    var further = 0..<0

    /// Where reading failed, or the line's end.
    var position = 0

    /// Reads the line as far as it goes; the reason where that is not to its end.
    @inline(__always)
    mutating func read(_ line: LineBytes, _ expectation: Expectation, _ time: inout CommonLogTime) -> UnreadReason? {
        if let reason = readDate(line, &time) { return reason }
        if let reason = prefix.read(line, upTo: date.lowerBound &- 1) {
            position = prefix.position
            return reason
        }
        // `readDate` left the position at the request's opening quote.
        guard let request = nextQuoted(line) else { return .unclosedQuote }
        self.request = request
        if let reason = readStatus(line) { return reason }
        if let reason = readBytes(line) { return reason }
        return readTail(line, expectation)
    }

    @inline(__always)
    mutating func readDate(_ line: LineBytes, _ time: inout CommonLogTime) -> UnreadReason? {
        let quote = line.firstPosition(of: .quote, from: line.start)
        let bracket = quote &- Self.dateAndBrackets
        guard quote < line.end, bracket > line.start, line[quote &- 1] == .space,
            line[quote &- 2] == .closingBracket, line[bracket] == .openingBracket
        else { return readDateOfRareLine(line, &time) }
        return readDate(line, at: bracket, before: quote, &time)
    }

    /// `[`, the date, `] `.
    static let dateAndBrackets = CommonLogTime.length + 3

    @inline(__always)
    private mutating func readDate(
        _ line: LineBytes,
        at bracket: Int,
        before quote: Int,
        _ time: inout CommonLogTime
    ) -> UnreadReason? {
        let start = bracket &+ 1
        date = start..<start &+ CommonLogTime.length
        guard let milliseconds = time.read(line, at: start) else {
            position = start
            return .badTime
        }
        self.time = milliseconds
        position = quote
        return nil
    }

    /// A quoted field before the date, an escaped quote in the user's name, or a line that is none of this format.
    @inline(never)
    private mutating func readDateOfRareLine(_ line: LineBytes, _ time: inout CommonLogTime) -> UnreadReason? {
        var opening = line.firstPosition(of: .quote, from: line.start)
        // A forwarded list between quotes is at most the second field.
        for _ in 0..<3 where opening < line.end {
            if opening > line.start, line[opening - 1] == .backslash {
                opening = line.firstPosition(of: .quote, from: opening + 1)
                continue
            }
            let bracket = opening - Self.dateAndBrackets
            if bracket > line.start, line[opening - 1] == .space, line[opening - 2] == .closingBracket {
                if line[bracket] == .openingBracket { return readDate(line, at: bracket, before: opening, &time) }
                break
            }
            // Only a client may stand between quotes before the date: behind anything else the line is another format's.
            guard opening == line.start || line[opening - 1] == .space,
                let closing = line.closingQuote(from: opening + 1)
            else { break }
            opening = line.firstPosition(of: .quote, from: closing + 1)
        }
        return reasonForNoDate(line)
    }

    /// What is wrong with a line that has no date where it belongs.
    private mutating func reasonForNoDate(_ line: LineBytes) -> UnreadReason {
        let quote = line.firstPosition(of: .quote, from: line.start)
        let bracket = (line.start..<quote).last { line[$0] == .openingBracket }
        position = line.start
        guard let bracket else { return .unknownFormat }
        if quote < line.end, quote - bracket >= 3, line[quote - 1] == .space, line[quote - 2] == .closingBracket {
            position = bracket + 1
            return .badTime
        }
        // A line that was cut off, perhaps; what has other brackets is another format's.
        guard line.end - bracket >= 4, line.twoDigits(at: bracket + 1) <= 99, line[bracket + 3] == .slash else {
            return .unknownFormat
        }
        let closing = line.firstPosition(of: .closingBracket, from: bracket)
        if closing >= quote {
            position = bracket
            return .unclosedQuote
        }
        if quote < line.end { return .unknownFormat }
        position = line.end
        return .tooFewFields
    }

    /// The field between quotes, the first of which is at the position; nil where it does not end.
    @inline(__always)
    private mutating func nextQuoted(_ line: LineBytes) -> Range<Int>? {
        guard let closing = line.closingQuote(from: position &+ 1) else { return nil }
        defer { position = closing &+ 1 }
        return position &+ 1..<closing
    }

    @inline(__always)
    private mutating func readStatus(_ line: LineBytes) -> UnreadReason? {
        guard let field = nextWord(line) else { return .tooFewFields }
        status = field
        if line.isHyphen(field) { return nil }
        guard field.count <= 3, let code = line.number(in: field) else {
            position = field.lowerBound
            return .badStatus
        }
        statusCode = UInt16(truncatingIfNeeded: code)
        return nil
    }

    @inline(__always)
    private mutating func readBytes(_ line: LineBytes) -> UnreadReason? {
        guard let field = nextWord(line) else { return .tooFewFields }
        bytes = field
        if line.isHyphen(field) { return nil }
        guard let count = line.number(in: field) else {
            position = field.lowerBound
            return .badBytes
        }
        byteCount = count
        return nil
    }

    /// A word behind a space; nil at the end of the line.
    @inline(__always)
    private mutating func nextWord(_ line: LineBytes) -> Range<Int>? {
        let start = line.skippingSpaces(from: position)
        position = line.endOfWord(from: start, limit: line.end)
        return start < position ? start..<position : nil
    }

    @inline(__always)
    private mutating func readTail(_ line: LineBytes, _ expectation: Expectation) -> UnreadReason? {
        position = line.skippingSpaces(from: position)
        further = position..<line.end
        if expectation == .common {
            tail = position < line.end ? .other : .nothing
            position = line.end
            return nil
        }
        if position < line.end, line[position] == .quote {
            guard let first = nextQuoted(line) else { return .unclosedQuote }
            position = line.skippingSpaces(from: position)
            if position < line.end, line[position] == .quote {
                guard let second = nextQuoted(line) else { return .unclosedQuote }
                referrer = first
                userAgent = second
                tail = .referrerAndAgent
                position = line.skippingSpaces(from: position)
                further = position..<line.end
                position = line.end
                return nil
            }
            // One quoted string alone is not known to be the referrer.
        }
        if expectation == .combined { return .tooFewFields }
        tail = further.isEmpty ? .nothing : .other
        position = line.end
        return nil
    }
}

extension LineBytes {
    /// The next quote that no backslash escapes.
    @inline(__always)
    func closingQuote(from start: Int) -> Int? {
        var quote = firstPosition(of: .quote, from: start)
        while quote < end, quote > start, self[quote &- 1] == .backslash, isEscaped(quote, from: start) {
            quote = firstPosition(of: .quote, from: quote &+ 1)
        }
        return quote < end ? quote : nil
    }

    /// An odd number of backslashes stands before it: of an even number each one escapes its neighbour.
    @inline(never)
    private func isEscaped(_ quote: Int, from start: Int) -> Bool {
        var first = quote
        while first > start, self[first - 1] == .backslash { first -= 1 }
        return (quote - first) % 2 == 1
    }
}
