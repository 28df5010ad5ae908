/// A text body as it travels: lines end in CRLF and are short.
enum BodyEncoding {
    case sevenBit(String)
    case quotedPrintable(String)

    /// RFC 5322, 2.1.1: a line should have at most 78 characters.
    private static let plainLineLimit = 78
    /// RFC 2045, 6.7: an encoded line has at most 76, the `=` of a soft break included.
    private static let encodedLineLimit = 76

    /// What stands between the parts of a message that has several. Quoted-printable cannot hold `=_` (RFC 2045, 6.7), and
    /// a part that holds it is written so: the same for every message, and in none of them.
    static let boundary = "=_metricsd"

    /// - Parameter isAmongOthers: it stands between boundaries.
    init(_ text: String, isAmongOthers: Bool = false) {
        let lines = BodyEncoding.lines(of: text)
        let mayBePlain = !isAmongOthers || !text.contains("=_")
        let isPlain =
            mayBePlain
            && lines.allSatisfy { line in
                // "From " at the start of a line is changed by programs that keep mail in mbox files.
                line.count <= BodyEncoding.plainLineLimit && !line.starts(with: "From ".utf8)
                    && line.allSatisfy { $0 == 0x09 || (0x20...0x7e).contains($0) }
            }
        if isPlain {
            self = .sevenBit(BodyEncoding.joined(lines))
        } else {
            self = .quotedPrintable(BodyEncoding.joined(lines.flatMap(BodyEncoding.encodedLines)))
        }
    }

    var name: String {
        switch self {
        case .sevenBit: "7bit"
        case .quotedPrintable: "quoted-printable"
        }
    }

    var text: String {
        switch self {
        case .sevenBit(let text), .quotedPrintable(let text): text
        }
    }

    /// The lines without their ends; CRLF, CR and LF all end a line.
    private static func lines(of text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var wasReturn = false
        for byte in text.utf8 {
            switch byte {
            case 0x0d:
                lines.append([])
            case 0x0a:
                if !wasReturn { lines.append([]) }
            default:
                lines[lines.count - 1].append(byte)
            }
            wasReturn = byte == 0x0d
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func joined(_ lines: [[UInt8]]) -> String {
        String(decoding: lines.flatMap { $0 + [0x0d, 0x0a] }, as: UTF8.self)
    }

    /// One line in quoted-printable, with soft breaks that do not split a character.
    private static func encodedLines(_ line: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var current: [UInt8] = []
        var index = 0
        while index < line.count {
            var end = index + 1
            // A character is a byte and the continuation bytes that follow it.
            while end < line.count, line[end] & 0xc0 == 0x80 { end += 1 }
            var piece: [UInt8] = []
            for position in index..<end {
                let isLast = position == line.count - 1
                let isFrom = position == 0 && line.starts(with: "From ".utf8)
                piece += encoded(line[position], isLast: isLast, isForced: isFrom)
            }
            if current.count + piece.count > encodedLineLimit - (end == line.count ? 0 : 1) {
                lines.append(current + [UInt8(ascii: "=")])
                current = []
            }
            current += piece
            index = end
        }
        return lines + [current]
    }

    private static func encoded(_ byte: UInt8, isLast: Bool, isForced: Bool) -> [UInt8] {
        let isBlank = byte == 0x20 || byte == 0x09
        let isPrintable = (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=")
        guard isForced || !(isPrintable || (isBlank && !isLast)) else { return [byte] }
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
