package import AccessLogs

/// How the lines of a log are read: shows the first request, what it is read by, and the first line of each kind that
/// cannot be read.
package struct LogExplanation {
    /// Each explained line with its number, in text for people.
    package private(set) var text: [String] = []

    private var parser: AccessLogParser
    private var number: UInt64 = 0
    private var requests: UInt64 = 0
    private var unread: UInt64 = 0
    /// Of `plain`, with and without a time.
    private var timed: UInt64 = 0
    private var untimed: UInt64 = 0
    private var shownDirectives: Set<[UInt8]> = []
    private var shownReasons: [UnreadReason] = []

    package init(_ format: AccessLogFormat) {
        parser = AccessLogParser(format)
    }

    package mutating func read(_ bytes: UnsafeRawBufferPointer, longLines: UInt32 = 0) {
        for line in Lines(in: bytes) {
            number += 1
            let before = parser
            switch parser.read(line) {
            case .request:
                requests += 1
                if requests == 1 { explain(line, before) }
            case .plain(let time):
                if time == nil { untimed += 1 } else { timed += 1 }
                if time == nil ? untimed == 1 : timed == 1 { explain(line, before) }
            case .unread(let reason):
                unread += 1
                if !shownReasons.contains(reason) {
                    shownReasons.append(reason)
                    explain(line, before)
                }
            case .directive:
                // A log may repeat its header every hour; the first few are enough.
                guard requests == 0, shownDirectives.count < 8, shownDirectives.insert(Array(line)).inserted else {
                    continue
                }
                explain(line, before)
            case .empty:
                continue
            }
        }
        number += UInt64(longLines)
        unread += UInt64(longLines)
    }

    /// One line of text about all of them.
    package var summary: String {
        if parser.format == .plain {
            return "\(NumberText.count(number, "line")): \(NumberText.count(timed)) with a time at its beginning, "
                + "\(NumberText.count(untimed)) without"
        }
        let format = parser.decided.map { ", as \($0)" } ?? ""
        return "\(NumberText.count(number, "line")): \(NumberText.count(requests, "request")) read\(format); "
            + "\(NumberText.count(unread)) not read"
    }

    private mutating func explain(_ line: UnsafeRawBufferPointer, _ before: AccessLogParser) {
        var before = before
        text.append("line \(NumberText.count(number)): \(before.explain(line))")
    }
}
