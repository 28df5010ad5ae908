/// What a request's target says.
enum RequestTarget {
    /// As long as the column of `traffic_sections`, in bytes.
    static let longestSection = 255

    /// The section of the target that `target` holds; nil for what is no target.
    ///
    /// - origin-form: the first path segment with its slash, `/` for the root. An empty first segment (`//api`) is the
    ///   root's. Query and fragment do not belong to it.
    /// - absolute-form (`http://host/path`): the path's; the last slash of the scheme's two where there is no path.
    /// - asterisk-form: `*`.
    ///
    /// Percent escapes stay as they were logged. Source: RFC 9112, section 3.2.
    @inline(__always)
    static func section(of target: Range<Int>, in line: LineBytes) -> Range<Int>? {
        guard let first = target.first else { return nil }
        if line[first] == .slash { return firstSegment(from: first, to: target.upperBound, in: line) }
        return sectionOfRareForm(target, in: line)
    }

    @inline(never)
    private static func sectionOfRareForm(_ target: Range<Int>, in line: LineBytes) -> Range<Int>? {
        if line[target.lowerBound] == .asterisk { return target.count == 1 ? target : nil }
        // scheme "://" authority [path]
        var position = target.lowerBound
        while position < target.upperBound, isSchemeByte(line[position], isFirst: position == target.lowerBound) {
            position += 1
        }
        guard position > target.lowerBound, position + 3 < target.upperBound, line[position] == .colon,
            line[position + 1] == .slash, line[position + 2] == .slash
        else { return nil }
        let secondSlash = position + 2
        position += 3
        while position < target.upperBound {
            switch line[position] {
            case .slash: return firstSegment(from: position, to: target.upperBound, in: line)
            case .questionMark, .numberSign: return secondSlash..<secondSlash + 1
            default: position += 1
            }
        }
        return secondSlash..<secondSlash + 1
    }

    /// `www.example.com/path`, as Imperva writes `cs-uri`; nil for what does not begin with a host.
    static func sectionOfURIWithoutScheme(_ target: Range<Int>, in line: LineBytes) -> Range<Int>? {
        guard let slash = target.first(where: { line[$0] == .slash }), slash > target.lowerBound else { return nil }
        let host = target.lowerBound..<slash
        let isHost = host.allSatisfy { isSchemeByte(line[$0], isFirst: false) || line[$0] == .colon }
        guard isHost, host.contains(where: { line[$0] == .dot }) else { return nil }
        return firstSegment(from: slash, to: target.upperBound, in: line)
    }

    @inline(__always)
    private static func firstSegment(from slash: Int, to end: Int, in line: LineBytes) -> Range<Int> {
        var position = slash &+ 1
        while position < end {
            let byte = line[position]
            if byte == .slash || byte == .questionMark || byte == .numberSign { break }
            position &+= 1
        }
        if position &- slash > longestSection { position = cut(slash, in: line) }
        return slash..<position
    }

    /// Not in the middle of a character, where it is UTF-8.
    private static func cut(_ start: Int, in line: LineBytes) -> Int {
        var end = start + longestSection
        while end > start + longestSection - 3, line[end] & 0xC0 == 0x80 { end -= 1 }
        return line[end] & 0xC0 == 0x80 ? start + longestSection : end
    }

    private static func isSchemeByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), .hyphen, .dot: !isFirst
        default: false
        }
    }
}
