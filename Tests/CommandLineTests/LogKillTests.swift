import Foundation
import TestServers
import Testing

/// The promise that carries the rest: whatever moment metricsd is killed at, each line of a log is counted once.
struct LogKillTests {
    private static let kills = 100

    @Test func everyLineIsCountedOnceAcrossAHundredKills() throws {
        let database = try MariaDBServer()
        let site = try Site(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning"/>
            </host>
            """,
            services: "<database socket=\"\(database.socket)\" user=\"root\" name=\"metricsd\"/>"
        )
        let log = try NumberedLog("\(site.folder.path)/access.log")
        log.append(10)
        // What is rotated away before the first look was never followed.
        let first = try site.start("run")
        try first.wait("first count") { try Self.rows("SHOW TABLES LIKE 'traffic'", in: database).count == 1 }
        try first.wait("first count") { try !Self.rows("SELECT hits FROM traffic", in: database).isEmpty }
        first.signal(SIGKILL)
        try first.wait("end of the killed metricsd") { first.hasEnded }
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)

        for _ in 0..<Self.kills {
            let program = try site.start("run")
            let end = ContinuousClock.now + .milliseconds(Int.random(in: 20...2_000, using: &random))
            while ContinuousClock.now < end { try Self.write(to: log, using: &random) }
            program.signal(SIGKILL)
            try program.wait("end of the killed metricsd") { program.hasEnded }
            try Self.write(to: log, using: &random)
        }

        let program = try site.start("run")
        var counted: [String: Int] = [:]
        // Where it never gets there, what is missing is told below.
        try? program.wait(seconds: 30, "count of all lines") {
            counted = try Self.counts(in: database)
            return counted.values.reduce(0, +) >= log.count
        }
        let expected = Dictionary(uniqueKeysWithValues: (0..<log.count).map { ("/n\($0)", 1) })
        let wrong = expected.filter { counted[$0.key] != $0.value }.keys.sorted()
        #expect(wrong.isEmpty, "seed \(seed): not counted once: \(wrong.prefix(20).map { ($0, counted[$0] ?? 0) })")
        #expect(Set(counted.keys).subtracting(expected.keys).isEmpty, "seed \(seed)")
        // No line was unread, nothing was lost, and both tables agree.
        let sums = "SELECT SUM(hits), SUM(unread), SUM(skipped) FROM traffic"
        #expect(try Self.rows(sums, in: database) == ["\(log.count)\t0\t0"])
        #expect(try Self.rows("SELECT type, reason FROM alerts", in: database) == [])
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    /// Some lines, a pause, and now and then a rotation.
    private static func write(to log: NumberedLog, using random: inout SeededGenerator) throws {
        log.append(Int.random(in: 1...3, using: &random))
        switch Int.random(in: 0..<150, using: &random) {
        case 0: try log.rotateByRename(keeping: 200)
        case 1: try log.rotateByCopy(keeping: 200)
        default: break
        }
        usleep(UInt32.random(in: 10_000...60_000, using: &random))
    }

    private static func counts(in database: MariaDBServer) throws -> [String: Int] {
        let rows = try rows("SELECT section, SUM(hits) FROM traffic_sections GROUP BY section", in: database)
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let cells = row.split(separator: "\t")
                return (String(cells[0]), Int(cells[1]) ?? -1)
            }
        )
    }

    private static func rows(_ sql: String, in database: MariaDBServer) throws -> [String] {
        try database.client(["--skip-column-names", "metricsd"], input: sql).lines
    }
}
