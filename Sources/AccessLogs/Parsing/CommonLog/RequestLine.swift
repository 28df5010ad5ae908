/// The request as it came: method, target, protocol. All three are empty for one that is malformed: `-`, nothing, the
/// bytes of a TLS handshake, a single word.
///
/// Source: RFC 9112, section 3; without a protocol it is one of HTTP/0.9.
struct RequestLine {
    var method: Range<Int>
    var target: Range<Int>
    /// Empty for a request without a path as well: `CONNECT host:443`.
    var section: Range<Int>
    var protocolVersion: Range<Int>

    /// The longest registered method has 17 bytes (`UPDATEREDIRECTREF`). Methods are counted by name.
    static let longestMethod = 32

    @inline(__always)
    init(_ request: Range<Int>, in line: LineBytes) {
        let nowhere = request.lowerBound..<request.lowerBound
        (method, target, section, protocolVersion) = (nowhere, nowhere, nowhere, nowhere)

        let methodEnd = Self.endOfMethod(request, in: line)
        guard methodEnd > request.lowerBound, methodEnd < request.upperBound, line[methodEnd] == .space
        else { return }
        var start = methodEnd &+ 1
        var end = request.upperBound
        while start < end, line[start] == .space { start &+= 1 }
        while end > start, line[end &- 1] == .space { end &-= 1 }
        guard start < end else { return }

        // A target may hold spaces where a client did not escape them: the protocol is the last word.
        var version = end..<end
        var versionStart = end
        if end &- start > 9, line.eightBytes(at: end &- 9) == Self.spaceAndHTTP1 {
            // " HTTP/1." and one digit or dot more.
            versionStart = end &- 8
        } else {
            while versionStart > start, line[versionStart &- 1] != .space { versionStart &-= 1 }
        }
        if versionStart > start, Self.isProtocol(versionStart..<end, in: line) {
            version = versionStart..<end
            end = versionStart
            while end > start, line[end &- 1] == .space { end &-= 1 }
        } else if versionStart > start {
            return
        }

        let target = start..<end
        if let section = RequestTarget.section(of: target, in: line) {
            self.section = section
        } else if !Self.isAuthority(target, after: request.lowerBound..<methodEnd, in: line) {
            return
        }
        self.method = request.lowerBound..<methodEnd
        self.target = target
        protocolVersion = version
    }

    /// `" HTTP/1."`, the first byte lowest.
    private static let spaceAndHTTP1: UInt64 = 0x2E31_2F50_5454_4820

    @inline(__always)
    private static func endOfMethod(_ request: Range<Int>, in line: LineBytes) -> Int {
        var position = request.lowerBound
        let limit = min(request.upperBound, position &+ longestMethod)
        while position < limit, isTokenByte(line[position]) { position &+= 1 }
        return position
    }

    /// `tchar` of RFC 9110, section 5.6.2.
    @inline(__always)
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        // Letters first: methods have hardly anything else.
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        if letter < 26 { return true }
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), .hyphen, .dot, .numberSign, .asterisk,
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// `HTTP/1.1`, `HTTP/2`, but also `RTSP/1.0`: letters, a slash, a version.
    @inline(__always)
    private static func isProtocol(_ word: Range<Int>, in line: LineBytes) -> Bool {
        var position = word.lowerBound
        while position < word.upperBound, (line[position] | 0x20) &- UInt8(ascii: "a") < 26 { position &+= 1 }
        guard position > word.lowerBound, position < word.upperBound, line[position] == .slash else { return false }
        position &+= 1
        guard position < word.upperBound, line[position] &- .zero <= 9 else { return false }
        while position < word.upperBound {
            guard line[position] &- .zero <= 9 || line[position] == .dot else { return false }
            position &+= 1
        }
        return true
    }

    /// authority-form, of `CONNECT` alone: `host:port`.
    @inline(never)
    private static func isAuthority(_ target: Range<Int>, after method: Range<Int>, in line: LineBytes) -> Bool {
        guard line.text(method) == "CONNECT" else { return false }
        var digits = 0
        var position = target.upperBound
        while position > target.lowerBound, line[position - 1] &- .zero <= 9 {
            position -= 1
            digits += 1
        }
        guard digits > 0, position - 1 > target.lowerBound, line[position - 1] == .colon else { return false }
        return !target.contains { line[$0] == .space || line[$0] == .slash }
    }
}
