/// What stands before the date: client, ident and user, and perhaps a virtual host or a forwarded list before them.
///
/// A user may hold spaces, and nothing escapes them, so the fields are told apart by what is known of them: ident is `-`
/// nearly everywhere (RFC 1413 is not asked any more).
///
/// | fields | read as |
/// |---|---|
/// | `client - user with spaces` | the second one is `-`: it is ident |
/// | `host:80 client - user` | the third one is `-`: a virtual host leads |
/// | `203.0.113.9, 10.0.0.1 - user` | a list; the client is its first address |
/// | `"203.0.113.9, 10.0.0.1" 10.0.0.2 - user` | a list leads: its first address is the client |
/// | `10.0.0.2 203.0.113.9, 10.0.0.1 - user` | a list behind the proxy's address: its first address is the client |
struct CommonLogPrefix {
    /// A virtual host or a proxy; empty where nothing leads.
    var leading = 0..<0
    /// Empty for `-`.
    var client = 0..<0
    /// The field or list that the client is from, as it was logged.
    var clientField = 0..<0
    var ident = 0..<0
    var user = 0..<0
    /// Where reading failed.
    var position = 0

    /// Reads the line up to the date's bracket.
    @inline(__always)
    mutating func read(_ line: LineBytes, upTo bracket: Int) -> UnreadReason? {
        // The usual `client - user `, without lists and quotes.
        var first = line.start
        var isList = line[first] == .quote
        while first < bracket, line[first] != .space {
            if line[first] == .comma { isList = true }
            first &+= 1
        }
        if !isList, bracket &- first >= 5, first > line.start, line[first &+ 1] == .hyphen,
            line[first &+ 2] == .space, line[bracket &- 1] == .space
        {
            clientField = line.start..<first
            client = line.isHyphen(clientField) ? first..<first : clientField
            ident = first &+ 1..<first &+ 2
            user = first &+ 3..<bracket &- 1
            if !user.isEmpty { return nil }
        }
        return readFields(line, upTo: bracket)
    }

    @inline(never)
    private mutating func readFields(_ line: LineBytes, upTo bracket: Int) -> UnreadReason? {
        var next = line.start
        let fields = (
            field(line, &next, bracket), field(line, &next, bracket), field(line, &next, bracket),
            field(line, &next, bracket)
        )
        // The line lacks one of the three, or the blank before the date.
        guard !fields.2.isEmpty, line[bracket - 1] == .space else {
            position = bracket
            return .tooFewFields
        }
        var end = bracket
        while line[end - 1] == .space { end -= 1 }

        let isLed: Bool
        if fields.3.isEmpty || line.isHyphen(fields.1) {
            isLed = false
        } else if line.isHyphen(fields.2) {
            isLed = true
        } else {
            isLed = isList(fields.1, line) || isAddress(fields.1, line)
        }
        guard isLed else {
            clientField = fields.0
            client = clientOfList(fields.0, line)
            ident = fields.1
            user = fields.2.lowerBound..<end
            return nil
        }
        leading = fields.0
        clientField = fields.1
        ident = fields.2
        user = fields.3.lowerBound..<end
        client = clientOfList(fields.1, line)
        // No virtual host is a list; and a proxy that was given no list is the client itself.
        let first = clientOfList(fields.0, line)
        if !first.isEmpty, isList(fields.0, line) || client.isEmpty {
            (client, clientField, leading) = (first, fields.0, fields.1)
        }
        return nil
    }

    /// The next field and the spaces behind it: quoted, a word, or words that end in commas with the one behind them.
    private func field(_ line: LineBytes, _ next: inout Int, _ limit: Int) -> Range<Int> {
        let start = next
        guard start < limit else { return limit..<limit }
        var end: Int
        if line[start] == .quote, let closing = line.closingQuote(from: start + 1), closing < limit {
            end = closing + 1
        } else {
            end = line.endOfWord(from: start, limit: limit)
            while end > start, end < limit, line[end - 1] == .comma {
                let following = line.skippingSpaces(from: end)
                guard following < limit else { break }
                end = line.endOfWord(from: following, limit: limit)
            }
        }
        next = min(line.skippingSpaces(from: end), limit)
        return start..<end
    }

    private func isList(_ field: Range<Int>, _ line: LineBytes) -> Bool {
        field.contains { line[$0] == .comma } || line[field.lowerBound] == .quote
    }

    private func isAddress(_ field: Range<Int>, _ line: LineBytes) -> Bool {
        field.contains { line[$0] == .dot || line[$0] == .colon }
    }

    /// The first address of a list, without quotes: the one that the others forwarded for.
    private func clientOfList(_ field: Range<Int>, _ line: LineBytes) -> Range<Int> {
        var (start, end) = (field.lowerBound, field.upperBound)
        if end - start >= 2, line[start] == .quote, line[end - 1] == .quote { (start, end) = (start + 1, end - 1) }
        while start < end, line[start] == .space || line[start] == .comma { start += 1 }
        let first = (start..<end).first { line[$0] == .comma || line[$0] == .space } ?? end
        let address = start..<first
        return address.isEmpty || line.isHyphen(address) ? field.lowerBound..<field.lowerBound : address
    }
}
