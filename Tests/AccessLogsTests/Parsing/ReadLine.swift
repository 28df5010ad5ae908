import AccessLogs

/// A line as tests look at it: the ranges as text.
struct ReadLine: Equatable {
    var time: Int64
    var status: UInt16
    var bytes: UInt64
    var durationMicroseconds: UInt64?
    var client: String
    var method: String
    var target: String
    var section: String
    var userAgent: String
}

enum LineReading: Equatable {
    case request(ReadLine)
    case directive
    case empty
    case unread(UnreadReason)
    case plain(time: Int64?)

    var request: ReadLine? {
        if case .request(let line) = self { line } else { nil }
    }

    var reason: UnreadReason? {
        if case .unread(let reason) = self { reason } else { nil }
    }
}

extension AccessLogParser {
    mutating func read(_ bytes: [UInt8]) -> LineReading {
        let reading = bytes.withUnsafeBytes { read($0) }
        switch reading {
        case .directive: return .directive
        case .empty: return .empty
        case .plain(let time): return .plain(time: time)
        case .unread(let reason): return .unread(reason)
        case .request(let entry):
            let text = { (range: Range<Int>) in String(decoding: bytes[range], as: UTF8.self) }
            return .request(
                ReadLine(
                    time: entry.time,
                    status: entry.status,
                    bytes: entry.bytes,
                    durationMicroseconds: entry.durationMicroseconds,
                    client: text(entry.client),
                    method: text(entry.method),
                    target: text(entry.target),
                    section: text(entry.section),
                    userAgent: text(entry.userAgent)
                )
            )
        }
    }

    mutating func read(_ line: String) -> LineReading {
        read(Array(line.utf8))
    }

    /// Every line of a text.
    mutating func readAll(_ text: String) -> [LineReading] {
        Array(text.utf8).withUnsafeBytes { bytes in Lines(in: bytes).map { read(Array($0)) } }
    }
}
