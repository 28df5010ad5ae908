import AccessLogs
import Foundation
import TestServers
import Testing
import Wire

/// Lines without end for the parsers and the header's directives: seconds in an ordinary run, a minute in `.ci/run`
/// (`Fuzzing`). A failure names the seed that makes it again.
@Suite(.serialized) struct FuzzTests {
    private static let seed = Fuzzing.seed

    static let fieldLists = [
        ["date", "time", "c-ip", "cs-method", "cs-uri-stem", "sc-status"],
        ["time", "date", "cs(User-Agent)", "x-more", "sc-bytes", "time-taken", "cs-uri-stem", "c-ip"],
        ["sc-status", "date", "x", "time"],
    ]

    private static let words = [
        "\"", "\\", "\\\"", "\\\\\"", "[", "]", "] \"", "\" ", " - ", "-", " ", "\t", "\n", "\r", ",", ", ", "#", "# ",
        "#Fields: ", "#Date: ", "#Fields: date time sc-status cs-uri-stem\n", "#Date: 2026-11-21 23:59:59\n",
        "[21/Nov/2026:13:05:00 +0000] \"", "2026-11-21", "13:05:00.123", "GET /", " HTTP/1.1\"", "://", "//", "*", "?",
        "%00", "18446744073709551616", "99999999999999999999999", "-1", "0", "\"\"", "\"\"\"", "\u{0}", "\u{FEFF}",
        "é", "😀", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
    ]

    @Test func readsEveryWellFormedLineAsItWasWritten() {
        let end = ContinuousClock.now + Fuzzing.budget
        var round: UInt64 = 0
        repeat {
            var random = SeededGenerator(seed: Self.seed &+ round)
            var explicit = AccessLogParser(round % 2 == 0 ? .common : .combined)
            var auto = AccessLogParser(.auto)
            for _ in 0..<20 {
                let line = WrittenLine(common: &random, isCombined: round % 2 == 1)
                let readings = [explicit.read(line.text), auto.read(line.text)]
                guard readings == [.request(line.expected), .request(line.expected)] else {
                    Issue.record("seed \(Self.seed &+ round): \(line.text)\n\(readings)\n\(line.expected)")
                    return
                }
            }
            var w3c = AccessLogParser(round % 2 == 0 ? .w3c : .auto)
            for fields in Self.fieldLists {
                _ = w3c.read("#Fields: \(fields.joined(separator: " "))")
                for _ in 0..<5 {
                    let line = WrittenLine(w3c: &random, fields: fields)
                    let reading = w3c.read(line.text)
                    guard reading == .request(line.expected) else {
                        Issue.record("seed \(Self.seed &+ round): \(fields) \(line.text)\n\(reading)\n\(line.expected)")
                        return
                    }
                }
            }
            round += 1
        } while ContinuousClock.now < end
    }

    @Test func isNeverLedAstrayByAnyLine() throws {
        var requests = 0
        var lines = 0
        try Fuzzing("log_lines", words: Self.words, written: Self.written(), lengthLimit: 4 << 10).run {
            input,
            random in
            var parser = AccessLogParser(AccessLogFormat.allCases.randomElement(using: &random) ?? .auto)
            let pieces = input.withUnsafeBytes { log in Lines(in: log).map { Array($0) } }
            for var line in pieces {
                if Int.random(in: 0..<1_000, using: &random) == 0 { Self.lengthen(&line, &random) }
                lines += 1
                if let broken = Self.broken(&parser, line, &requests) { return .broken(broken) }
            }
            return .accepted
        }
        // The mutations leave enough of the structure to get behind the first checks.
        #expect(requests * 20 > lines)
    }

    /// Lines of every fixture, written ones, and small logs of both.
    private static func written() throws -> [[UInt8]] {
        var corpus: [[UInt8]] = fieldLists.map { Array("#Fields: \($0.joined(separator: " "))".utf8) }
        for name in FixtureTests.names {
            let log = try Data(contentsOf: FixtureTests.folder.appending(path: "\(name).log"))
            corpus += Array(log).withUnsafeBytes { log in Lines(in: log).map { Array($0) } }
        }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            corpus.append(Array(WrittenLine(common: &random, isCombined: true).text.utf8))
            for fields in fieldLists { corpus.append(Array(WrittenLine(w3c: &random, fields: fields).text.utf8)) }
        }
        // A parser remembers what the lines before have told.
        for _ in 0..<50 {
            let lines = (0..<6).map { _ in corpus.randomElement(using: &random) ?? [] }
            corpus.append(Array(lines.joined(separator: [UInt8(ascii: "\n")])))
        }
        return corpus
    }

    /// Around the limit of a line, by one byte over and over.
    private static func lengthen(_ bytes: inout [UInt8], _ random: inout some RandomNumberGenerator) {
        let length = AccessLogParser.longestLine + Int.random(in: -2...2, using: &random) - bytes.count
        let place = Int.random(in: 0...bytes.count, using: &random)
        let byte = Array("a\\\" [\u{0}".utf8).randomElement(using: &random) ?? 0
        bytes.insert(contentsOf: repeatElement(byte, count: max(0, length)), at: place)
    }

    /// Reads the line; what is wrong with what came of it.
    private static func broken(_ parser: inout AccessLogParser, _ bytes: [UInt8], _ requests: inout Int) -> String? {
        // A buffer of its own, without room behind it: reading past the end shows under the address sanitizer.
        let line = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { line.deallocate() }
        line.copyBytes(from: bytes)
        var again = parser
        let reading = parser.read(UnsafeRawBufferPointer(line))
        let explanation = again.explain(UnsafeRawBufferPointer(line))
        let text = explanation.description

        if text.unicodeScalars.contains(where: { $0 != "\n" && $0.properties.generalCategory == .control }) {
            return "a control character in the explanation"
        }
        if let failure = explanation.failure, failure.column < 1 || failure.column > bytes.count + 1 {
            return "a column outside the line"
        }
        switch reading {
        case .directive, .empty, .plain: return explanation.failure == nil ? nil : "explained otherwise"
        case .unread(let reason): return explanation.failure?.reason == reason ? nil : "explained otherwise"
        case .request(let entry):
            requests += 1
            return explanation.failure == nil ? broken(entry, bytes) : "explained otherwise"
        }
    }

    private static func broken(_ entry: AccessLogEntry, _ bytes: [UInt8]) -> String? {
        for range in [entry.client, entry.method, entry.target, entry.section, entry.userAgent] {
            guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return "a range outside the line" }
        }
        let section = bytes[entry.section]
        if entry.section.count > 255 { return "a section too long" }
        if !entry.section.isEmpty {
            guard entry.target.lowerBound <= entry.section.lowerBound,
                entry.section.upperBound <= entry.target.upperBound
            else { return "a section outside its target" }
            guard section.first == UInt8(ascii: "/") || section.elementsEqual([UInt8(ascii: "*")]) else {
                return "a section without its slash"
            }
            if section.dropFirst().contains(where: { Array("/?#".utf8).contains($0) }) { return "a section too far" }
            if bytes[entry.target].first == UInt8(ascii: "/"), entry.section.lowerBound != entry.target.lowerBound {
                return "a section that its path does not begin with"
            }
        }
        if entry.status > 999 { return "a status above 999" }
        if entry.time < 0 || entry.time > 253_402_387_200_000 { return "a time outside the calendar" }
        return nil
    }
}
