import Foundation
import TestServers
import Testing

/// The promise of log collection: whatever is killed at whatever moment, the receiver has every line once, and what is
/// said of it (receipts, summary) is true.
///
/// `METRICSD_COLLECTION_SECONDS` makes it longer.
struct CollectionKillTests {
    private static let seconds =
        ProcessInfo.processInfo.environment["METRICSD_COLLECTION_SECONDS"].flatMap(Double.init) ?? 45

    @Test func theReceiverHasEveryLineOnceAcrossKillsOfBothSides() throws {
        // The summary falls behind the kills, whose end it tells of.
        let secondOfHour = Int(Date().timeIntervalSince1970) % 3_600
        let chain = try CollectionChain(summaryAt: (secondOfHour + Int(Self.seconds) + 30) % 3_600)
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        for source in chain.sources { source.log.append(10) }
        var program = try chain.start()
        // What is rotated away before the first look was never followed.
        try program.wait(seconds: 60, "first batch of each host") {
            try chain.rows("SHOW TABLES LIKE 'log_batches'").count == 1
                && chain.rows("SELECT DISTINCT host_id FROM log_batches").count == chain.sources.count
        }

        let end = ContinuousClock.now + .seconds(Self.seconds)
        while ContinuousClock.now < end {
            let pause = ContinuousClock.now + .milliseconds(Int.random(in: 100...4_000, using: &random))
            while ContinuousClock.now < pause { try chain.write(using: &random) }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                for connection in chain.receiver.connectionProcesses() { kill(connection, SIGKILL) }
            case 1:
                for connection in chain.receiver.connectionProcesses() { kill(connection, SIGKILL) }
                chain.receiver.stop()
                try chain.write(using: &random)
                try chain.receiver.restart()
            default:
                program.signal(SIGKILL)
                try program.wait("end of the killed metricsd") { program.hasEnded }
                try chain.write(using: &random)
                program = try chain.start()
            }
        }

        // Where it never gets there, what is missing is told below.
        try? program.wait(seconds: 120, "delivery of every line") {
            try chain.rows("SELECT COALESCE(SUM(line_count), 0) FROM log_batches WHERE state = 'sent'")
                == ["\(chain.lineCount)"]
                && chain.rows("SELECT COUNT(*) FROM log_batches WHERE state <> 'sent'") == ["0"]
        }
        for source in chain.sources {
            let wrong = Self.differences(try chain.numbers(from: source.host), count: source.log.count)
            #expect(wrong.isEmpty, "seed \(seed), \(source.host): \(wrong.prefix(20))")
        }
        try Self.checkReceipts(of: chain, seed)
        // Nothing was declared lost or altered, and what failed for a while has ended.
        #expect(try chain.rows("SELECT type, reason FROM alerts WHERE type <> 'delivery_failed'") == [], "seed \(seed)")
        try? program.wait(seconds: 30, "end of every alert") {
            try chain.rows("SELECT type FROM alerts WHERE resolved_at IS NULL").isEmpty
        }
        #expect(try chain.rows("SELECT type FROM alerts WHERE resolved_at IS NULL") == [], "seed \(seed)")

        try Self.checkSummary(of: chain, program)
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    /// Each file of the receiver has a row, and each row a file that is as it says, byte for byte.
    private static func checkReceipts(of chain: CollectionChain, _ seed: UInt64) throws {
        let receipts = try chain.rows(
            "SELECT remote_path, sha256, byte_count, line_count FROM log_batches WHERE state = 'sent'"
        )
        let files = try chain.received().map { file in
            "\(file.path)\t\(try chain.sha256(file.path))\t\(file.content.count)\t\(file.lines)"
        }
        #expect(receipts.sorted() == files.sorted(), "seed \(seed)")
    }

    /// The summary's totals are those that `log_batches` has of the same time, by the query that the mail itself gives.
    private static func checkSummary(of chain: CollectionChain, _ program: Program) throws {
        var body = ""
        try program.wait(seconds: 120, "summary") {
            let mails = try chain.smtp.received().map(\.message).filter { $0.subject.contains("Summary") }
            body = mails.first?.body ?? ""
            return mails.count == 1
        }
        let lines = body.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let begin = try #require(lines.firstIndex { $0.hasPrefix("SELECT") }, "\(body)")
        let end = lines[begin...].firstIndex { $0.hasSuffix(";") } ?? lines.endIndex - 1
        var totals: [String: (files: Int, lines: Int, bytes: Int)] = [:]
        for row in try chain.rows(lines[begin...end].joined(separator: " ")) {
            let cells = row.split(separator: "\t").map(String.init)
            totals[cells[0]] = (Int(cells[1]) ?? -1, Int(cells[2]) ?? -1, Int(cells[3]) ?? -1)
        }
        #expect(!totals.isEmpty)
        for (host, total) in totals {
            // The row in the mail's table; numbers have commas there, and WITH ROLLUP gives the sum no name.
            let name = host == "NULL" ? "in all" : host
            let row = lines.first { $0.hasPrefix("\(name) ") } ?? ""
            let numbers = row.dropFirst(name.count).split(separator: " ").prefix(3).map {
                Int($0.replacing(",", with: "")) ?? -1
            }
            #expect(numbers == [total.files, total.lines, total.bytes], "\(host): \(body)")
        }
    }

    private static func differences(_ got: [Int], count: Int) -> [String] {
        let counts = Dictionary(got.map { ($0, 1) }, uniquingKeysWith: +)
        let missing = (0..<count).filter { counts[$0] == nil }.map { "\($0) is missing" }
        return missing
            + counts.filter { $0.value != 1 || $0.key < 0 }.map { "\($0.key) came \($0.value) times" }.sorted()
    }
}
