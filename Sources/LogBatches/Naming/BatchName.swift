package import Wire

/// How the files of a log's batches are called: text with fields in braces, `{prefix}_{yyMMddHH}_{mm-mm}_{address}.log`.
///
/// `{prefix}` `{host}` `{log}` `{address}` `{part}`, and times (UTC) of `yyyy yy MM dd HH mm ss`, also joined
/// (`{yyMMddHH}`, `{yyyy-MM-dd}`). Twice the same with `-` between, like `{mm-mm}` and `{HHmm-HHmm}`, is the window's first
/// and its last second. Without `{part}`, further parts get `-2`, `-3`… before the extension of the pattern's own text.
package struct BatchName: Equatable, Sendable {
    /// Why a pattern is none; one sentence without a full stop.
    package struct Invalid: Error, Equatable, CustomStringConvertible, Sendable {
        package let description: String
    }

    package static let standardPattern = "{prefix}_{yyMMddHH}_{mm-mm}_{address}.log"
    static let standard = try? BatchName(standardPattern)

    /// Of a whole name: room is left for `.gz` and for what deliveries put around it while they write (`man 5 limits.h`:
    /// NAME_MAX is 255).
    static let lengthLimit = 200

    let pieces: [Piece]
    /// The end of the pattern's text from its last dot on; empty where it has none.
    let fileExtension: String

    /// - Returns: at most 200 bytes, never the same for two parts of one window.
    package func fileName(
        prefix: String,
        host: String,
        log: String,
        address: String,
        windowStart: Timestamp,
        windowSeconds: Int,
        part: Int
    ) -> String {
        let last = BatchWindow(seconds: windowSeconds).end(from: windowStart).adding(milliseconds: -1_000)
        let times = (first: CalendarTime(windowStart), last: CalendarTime(last))
        var texts: [String] = []
        var values: [Int] = []
        for piece in pieces {
            switch piece {
            case .text(let text): texts.append(text)
            case .time(let tokens): texts.append(tokens.map { $0.text(of: times.first) }.joined())
            case .lastTime(let tokens): texts.append(tokens.map { $0.text(of: times.last) }.joined())
            case .part: texts.append("\(part)")
            case .value(let value):
                values.append(texts.count)
                switch value {
                case .prefix: texts.append(Self.portable(prefix))
                case .host: texts.append(Self.portable(host))
                case .log: texts.append(Self.portable(log))
                case .address: texts.append(Self.portable(address))
                }
            }
        }
        if part > 1, !pieces.contains(.part) { texts.append("-\(part)") }
        texts.append(fileExtension)
        Self.shorten(&texts, at: values)
        let name = texts.joined()
        // A hidden file would be passed over by whoever collects what was delivered.
        return name.isEmpty || name.utf8.first == UInt8(ascii: ".") ? "-" + name.dropFirst() : name
    }

    /// Characters that mean something to a shell or a file system become `-`.
    private static func portable(_ value: String) -> String {
        var bytes = Array(value.utf8)
        for index in bytes.indices where !isPortable(bytes[index]) { bytes[index] = UInt8(ascii: "-") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// POSIX's portable file name character set (IEEE Std 1003.1, 3.282).
    static func isPortable(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Cuts the longest values, and tells them apart by a hash. What tells windows and parts apart stays as it is.
    private static func shorten(_ texts: inout [String], at values: [Int]) {
        let length = texts.reduce(0) { $0 + $1.utf8.count }
        guard length > lengthLimit, !values.isEmpty else { return }
        let lengths = values.map { texts[$0].utf8.count }
        let room = lengthLimit - (length - lengths.reduce(0, +))
        var limit = lengths.max() ?? 0
        while limit > shortestValue, lengths.reduce(0, { $0 + min($1, limit) }) > room { limit -= 1 }
        for index in values where texts[index].utf8.count > limit {
            let hash = RunningHash.hexadecimal(of: Array(texts[index].utf8)).prefix(8)
            texts[index] = "\(texts[index].prefix(limit - 9))-\(hash)"
        }
    }
}
