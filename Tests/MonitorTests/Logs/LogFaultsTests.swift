import Foundation
import TestServers
import Testing

@testable import Monitor

/// What happens to the channel while logs are read costs no line and counts none twice.
@Suite(.serialized)
struct LogFaultsTests {
    private static let hits = "SELECT COALESCE(SUM(hits), 0) FROM traffic"

    /// Also after a refusal: an sshd that is killed while it looks at a key seems to refuse it.
    private var impatience: RetryPolicy {
        let soon = Backoff(first: .milliseconds(100), limit: .milliseconds(300))
        return RetryPolicy(failure: soon, refusal: soon)
    }

    private func fleet() throws -> Fleet {
        try Fleet(
            """
            <host name="web-1" address="127.0.0.1" port="$PORT">
              <log name="access" path="$FOLDER/access.log" interval="1s" start="beginning"/>
            </host>
            """
        )
    }

    @Test func killedProbesAndCutConnectionsLoseAndRepeatNothing() throws {
        let fleet = try fleet()
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        try fleet.start(retry: impatience)
        // What is rotated away before the first look was never followed.
        log.append(1)
        try fleet.rows(Self.hits) { $0 == ["1"] }
        for _ in 0..<25 {
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                log.append(Int.random(in: 1...3, using: &random))
                usleep(UInt32.random(in: 5_000...40_000, using: &random))
            }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try log.rotateByRename(keeping: 100)
            case 1: try log.rotateByCopy(keeping: 100)
            default: break
            }
            // The probe, its shell or one of sshd's own.
            if let process = fleet.sshd.connectionProcesses().randomElement(using: &random) { kill(process, SIGKILL) }
        }
        try? fleet.wait(seconds: 60, "all lines") { try fleet.rows(Self.hits) == ["\(log.count)"] }
        let counted = try fleet.rows(Self.hits)
        #expect(counted == ["\(log.count)"], "seed \(seed): \(fleet.log.text.suffix(4_000))")
        #expect(
            try fleet.rows(
                "SELECT COUNT(*), MIN(n), MAX(n) FROM (SELECT SUM(hits) n FROM traffic_sections GROUP BY section) s"
            ) == ["\(log.count)\t1\t1"],
            "seed \(seed)"
        )
        #expect(try fleet.rows("SELECT SUM(unread) FROM traffic") == ["0"], "seed \(seed)")
    }

    @Test func aConnectionThatIsCutWithinALongReadGoesOnWhereItWas() throws {
        let fleet = try fleet()
        let log = try NumberedLog("\(fleet.folder.path)/access.log")
        for _ in 0..<300 { log.append(1_000, path: "/long") }
        try fleet.start(retry: impatience)
        var cuts = 0
        let end = ContinuousClock.now + .seconds(60)
        while cuts < 5, ContinuousClock.now < end, (try? fleet.rows(Self.hits)) != ["\(log.count)"] {
            guard let process = fleet.sshd.connectionProcesses().first else { continue }
            // Somewhere within the first pieces.
            usleep(UInt32.random(in: 1_000...60_000))
            kill(process, SIGKILL)
            cuts += 1
            usleep(150_000)
        }
        try? fleet.wait(seconds: 60, "all lines") { try fleet.rows(Self.hits) == ["\(log.count)"] }
        #expect(try fleet.rows("SELECT SUM(hits), SUM(unread) FROM traffic") == ["\(log.count)\t0"])
        #expect(cuts > 0)
    }
}
