import AccessLogs
import TestServers
import Testing
import Wire

/// Reading that goes on in mid-file, by another process.
struct ResumingTests {
    private func restarted(_ parser: AccessLogParser) throws -> AccessLogParser {
        var writer = ByteWriter()
        parser.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        let resumed = try AccessLogParser(from: &reader, parser.format)
        try reader.finish()
        return resumed
    }

    static let log = """
        garbage
        192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] "GET /x HTTP/1.1" 200 5 "-" "UA"
        #Date: 2026-11-21 23:59:00
        #Fields: time c-ip cs-method cs-uri-stem sc-status
        23:59:59 192.0.2.1 GET /a 200
        00:00:01 192.0.2.1 GET /b 201
        23:59:58 192.0.2.1 GET /late 201
        #Fields: sc-status time cs-uri-stem sc-bytes
        404 00:00:02 /c 17
        #Date: none
        404 00:00:03 /d 17
        #Date: 2026-11-23
        500 00:00:04 /e 18
        500 23:00:04 /f 18
        500 00:00:04 /g 18
        192.0.2.1 - - [21/Nov/2026:13:05:00 +0000] "GET /x HTTP/1.1" 200 5 "-" "UA"
        """

    @Test func isTheSameAfterEachLine() throws {
        var whole = AccessLogParser(.auto)
        let expected = whole.readAll(Self.log)
        #expect(expected.filter { $0.request != nil }.count == 9)

        var parser = AccessLogParser(.auto)
        var readings: [LineReading] = []
        for line in Self.log.split(separator: "\n") {
            readings.append(parser.read(String(line)))
            parser = try restarted(parser)
        }
        #expect(readings == expected)
        #expect(parser.decided == whole.decided)
    }

    @Test func keepsTheFieldsUnderAnotherConfiguration() throws {
        var parser = AccessLogParser(.auto)
        _ = parser.read("#Fields: date time sc-status")
        var writer = ByteWriter()
        parser.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        var resumed = try AccessLogParser(from: &reader, .w3c)
        #expect(resumed.read("2026-11-21 13:05:00 200").request?.status == 200)
    }

    @Test func refusesOtherBytes() throws {
        var parser = AccessLogParser(.auto)
        _ = parser.readAll(Self.log)
        var writer = ByteWriter()
        parser.encode(into: &writer)
        for length in 0..<writer.bytes.count {
            var reader = ByteReader(Array(writer.bytes.prefix(length)))
            #expect(throws: WireError.self) { try AccessLogParser(from: &reader, .auto) }
        }
        // Changed bytes are refused, or give a parser that reads on without trapping.
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            var bytes = writer.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var reader = ByteReader(bytes)
            guard var parser = try? AccessLogParser(from: &reader, .auto) else { continue }
            _ = parser.readAll(Self.log)
            _ = parser.decided
        }
    }
}
