import AccessLogs
import Testing

/// What is around a line, and lines that are none.
struct LineEndsTests {
    private let line = Array(AccessLogParserTests.combined.utf8)

    private func read(_ bytes: [UInt8], _ format: AccessLogFormat = .auto) -> LineReading {
        var parser = AccessLogParser(format)
        return parser.read(bytes)
    }

    @Test func cutsAtNewlines() {
        let cut = { (text: String) in
            Array(text.utf8).withUnsafeBytes { bytes in
                Lines(in: bytes).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(cut("") == [])
        #expect(cut("a") == ["a"])
        #expect(cut("a\n") == ["a"])
        #expect(cut("a\nb") == ["a", "b"])
        #expect(cut("\n\na\r\n\n") == ["", "", "a\r", ""])
    }

    @Test func ignoresCarriageReturns() {
        #expect(read(line + [0x0D]) == .request(AccessLogParserTests.frank))
        #expect(read(line + [0x0D, 0x0D]) == .request(AccessLogParserTests.frank))
        #expect(read([0x0D]) == .empty)
        var parser = AccessLogParser(.w3c)
        #expect(
            parser.readAll("#Fields: date time sc-status\r\n2026-11-21 13:05:00 200\r\n").last?.request?.status == 200
        )
    }

    @Test func ignoresTheHoleOfATruncatedFile() {
        for length in [1, 7, 8, 9, 4096, 200_000] {
            #expect(read([UInt8](repeating: 0, count: length) + line) == .request(AccessLogParserTests.frank))
            #expect(read([UInt8](repeating: 0, count: length)) == .empty)
        }
    }

    @Test func ignoresAByteOrderMark() {
        #expect(read([0xEF, 0xBB, 0xBF] + line) == .request(AccessLogParserTests.frank))
        var parser = AccessLogParser(.auto)
        #expect(parser.read("\u{FEFF}#Fields: date time sc-status") == .directive)
        #expect(read([0xEF, 0xBB, 0xBF]) == .empty)
    }

    @Test(arguments: AccessLogFormat.allCases) func findsEmptyLines(format: AccessLogFormat) {
        #expect(read([], format) == .empty)
        #expect(read(Array("  \t ".utf8), format) == .empty)
        var parser = AccessLogParser(format)
        #expect(parser.read("#Fields: date time sc-status") != .empty)
        #expect(parser.read("   ") == .empty)
    }

    @Test func refusesALineAbove64KiBAndReadsTheNext() {
        var parser = AccessLogParser(.combined)
        let head = Array(#"192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] "GET / HTTP/1.1" 200 5 "-" ""#.utf8)
        let ofLength = { (length: Int) in
            head + [UInt8](repeating: 0x61, count: length - head.count - 1) + [UInt8(ascii: "\"")]
        }
        #expect(parser.read(ofLength(65_536)).request?.userAgent.utf8.count == 65_536 - head.count - 1)
        #expect(parser.read(ofLength(65_537)) == .unread(.tooLong))
        #expect(parser.read(ofLength(1_000_000)) == .unread(.tooLong))
        #expect(parser.read(line) == .request(AccessLogParserTests.frank))
    }

    @Test func readsBytesThatAreNotUTF8() throws {
        var bytes = Array(#"192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] "GET /"#.utf8)
        bytes += [0xFF, 0xC0, 0x00, 0x1B] + Array(#"/x HTTP/1.1" 200 5 "-" ""#.utf8) + [0xE2, 0x28, 0x00]
        bytes += Array("\" \"".utf8) + [0x80]
        let reading = bytes.withUnsafeBytes { bytes -> AccessLogParser.Reading in
            var parser = AccessLogParser(.auto)
            return parser.read(bytes)
        }
        guard case .request(let entry) = reading else {
            Issue.record("not read: \(reading)")
            return
        }
        #expect(Array(bytes[entry.section]) == [0x2F, 0xFF, 0xC0, 0x00, 0x1B])
        #expect(Array(bytes[entry.userAgent]) == [0xE2, 0x28, 0x00])
    }

    @Test(arguments: [
        "Nov 21 13:05:00 host sshd[17]: Accepted publickey for root",
        #"{"time":"2026-11-21T13:05:00Z","status":200}"#,
        "2026/11/21 13:05:00 [error] 7#7: *1 open() failed",
        "[Sat Nov 21 13:05:00.123456 2026] [core:error] [pid 17] message",
        #"level=info msg="request served" status=200"#,
        "\u{7F}ELF\u{2}\u{1}\u{1}", "#!/bin/sh", "#", "# a remark", "\"", "[", "\"\"", "\\\"", "x",
    ])
    func refusesOtherKindsOfFiles(line: String) {
        for format in [AccessLogFormat.auto, .common, .combined] {
            #expect(read(Array(line.utf8), format) == .unread(.unknownFormat))
        }
    }
}
