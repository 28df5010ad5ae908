import Foundation
import TestServers
import Testing

/// `metricsd generate --fast` and `metricsd watch FILE --once`.
struct WatchOnceTests {
    private struct Totals: Decodable, Equatable {
        var lines = 0
        var hits = 0
        var skipped = 0
        var unread = 0
        var bytes = 0
        var clients = 0
        var statuses: [String: Int] = [:]
        var methods: [String: Int] = [:]
        var sections: [String: Int] = [:]

        /// As simply as it can be done, for lines that `generate` writes.
        init(recounting text: String) {
            var addresses: Set<Substring> = []
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                let target = words[6].split(separator: "?")[0]
                lines += 1
                hits += 1
                bytes += Int(words[9]) ?? 0
                addresses.insert(words[0])
                statuses[String(words[8]), default: 0] += 1
                methods[String(words[5].dropFirst()), default: 0] += 1
                sections["/" + (target.split(separator: "/").first ?? ""), default: 0] += 1
            }
            clients = addresses.count
        }
    }

    private let folder: TestFolder
    private var log: String { "\(folder.path)/access.log" }

    init() throws {
        folder = try TestFolder("watch")
    }

    private func generate(_ more: String...) throws {
        let arguments = ["generate", "--fast", "--rates", "200", "0", "50", "--durations", "60", "10s", "1m"]
        let outcome = try Program.run(arguments + ["--output", log] + more)
        #expect(outcome.status == 0)
        #expect(outcome.output + outcome.errors == "")
    }

    private func watch(_ arguments: String..., environment: [String: String] = [:]) throws -> Program.Outcome {
        try Program.run(["watch"] + arguments, in: folder.path, environment: environment)
    }

    @Test(arguments: ["common", "combined"]) func totalsEqualASimpleRecount(format: String) throws {
        try generate("--format", format)
        let outcome = try watch("access.log", "--once", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        let keys = ["lines", "hits", "skipped", "unread", "bytes", "clients", "statuses", "methods", "sections"]
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(Set((object ?? [:]).keys) == Set(keys))
        let totals = try JSONDecoder().decode(Totals.self, from: Data(outcome.output.utf8))
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(totals == Totals(recounting: text))
        #expect(totals.hits == 15_000)
    }

    @Test func theSameSeedTellsTheSame() throws {
        try generate("--seed", "5", "--start", "2026-11-21T12:00:00Z")
        let first = try Data(contentsOf: URL(fileURLWithPath: log))
        try FileManager.default.removeItem(atPath: log)
        try generate("--seed", "5", "--start", "2026-11-21T12:00:00Z")
        #expect(try Data(contentsOf: URL(fileURLWithPath: log)) == first)
    }

    @Test func totalsForPeople() throws {
        try generate("--format", "w3c", "--seed", "1")
        let lines = try watch("access.log", "--once").output.lines
        #expect(lines[0] == "access.log: 15,000 lines, 15,000 hits, format W3C Extended with 12 fields")
        #expect(lines[1].contains(#/^  sections \/api [34],\d\d\d  \/images 2,\d\d\d  /#))
        #expect(lines.contains { $0.contains(#/^  status   2xx 13,\d\d\d .* errors \d\.\d %$/#) })
        #expect(lines.contains { $0.hasPrefix("  methods  GET ") })
        #expect(lines.contains { $0.hasPrefix("  slowest  ") })
    }

    @Test func brokenLinesAreCountedByReason() throws {
        try folder.file(
            "access.log",
            """
            192.0.2.1 - - [21/Nov/2026:12:00:00 +0000] "GET /a/b HTTP/1.1" 200 5
            what is this
            192.0.2.1 - - [21/Nov/2026:12:00:00 +0000] "GET /a\u{1b}[31m HTTP/1.1" 200 7

            """
        )
        let outcome = try watch("access.log", "--once")
        #expect(outcome.output.hasPrefix("access.log: 3 lines, 2 hits, format common\n"))
        #expect(outcome.output.contains("  unread   unknown_format 1\n"))
        #expect(outcome.output.contains("first: what is this\n"))
        #expect(!outcome.output.contains("\u{1b}"), "a log cannot paint the terminal")
    }

    @Test func aLogOfAnotherKindSaysSo() throws {
        try folder.file("access.log", "Nov 21 12:00:00 host sshd[1]: Server listening\n")
        let outcome = try watch("access.log", "--once", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("{\"lines\":1,\"hits\":0,\"skipped\":0,\"unread\":1,"))
        #expect(outcome.errors.contains("not one line could be read"))
        #expect(outcome.errors.contains("--explain access.log"))
    }

    @Test func whatCannotBeReadExits66() throws {
        let outcome = try watch("none.log", "--once")
        #expect(outcome.status == 66)
        #expect(outcome.output == "")
        #expect(
            outcome.errors
                == "metricsd: cannot read none.log: No such file or directory; check the path: `metricsd watch FILE`\n"
        )
        #expect(try watch(".", "--once").status == 66)
    }

    @Test func usageErrorsTellTheMend() throws {
        let rates = try Program.run(["generate", "--rates", "1", "2", "--durations", "3"])
        #expect(rates.status == 64)
        #expect(rates.errors.contains("2 rates but 1 duration; give each rate its duration, such as --rates 9 11 8"))
        #expect(try watch("access.log", "--json").status == 64)
        #expect(try watch("-").errors.contains("standard input can be read with --once"))
        #expect(try Program.run(["generate", "--rotate", "rename"]).errors.contains("--output"))
    }
}
