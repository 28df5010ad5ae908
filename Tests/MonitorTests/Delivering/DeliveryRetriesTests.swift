import LogBatches
import Testing
import Wire

@testable import Monitor

@Suite struct DeliveryRetriesTests {
    private let now = Timestamp(milliseconds: 1_763_630_400_000)
    private let batch = LogBatch(
        id: 7,
        host: "web-1",
        log: "access",
        windowStart: Timestamp(milliseconds: 0),
        windowSeconds: 1_200,
        fileName: "access_26112010.log",
        state: .closed,
        sha256: "0123456789abcdef" + String(repeating: "0", count: 48),
        openedAt: Timestamp(milliseconds: 0)
    )

    @Test func threeTriesSoonThenAtEachRetry() {
        let retries = DeliveryRetries(first: .seconds(5), later: .seconds(300))
        var batch = batch
        var seen: [String] = []
        for _ in 0..<5 {
            batch = retries.failed(batch, because: "why", isFinal: false, at: now)
            seen.append("\(batch.state) \(((batch.nextAttemptAt ?? now).milliseconds - now.milliseconds) / 1_000)")
        }
        #expect(seen == ["closed 5", "closed 10", "failed 300", "failed 300", "failed 300"])
        #expect(batch.attempts == 5 && batch.lastError == "why")
        let refused = retries.failed(self.batch, because: "no", isFinal: true, at: now)
        #expect(refused.state == .failed && refused.attempts == 1)
    }

    @Test func connectionsAreTriedLessAndLessOften() {
        var retries = DeliveryRetries(first: .seconds(5), later: .seconds(60))
        #expect((0..<6).map { _ in retries.connectionFailed() } == [5, 10, 20, 40, 60, 60].map(Duration.seconds))
        retries.connectionSucceeded()
        #expect(retries.connectionFailed() == .seconds(5))
        for _ in 0..<100 { _ = retries.connectionFailed() }
        #expect(retries.connectionFailed() == .seconds(60))
    }

    @Test func namesOnTheReceiver() {
        let journal = "0a1b2c3d-4e5f-0000-0000-000000000000"
        let name = DeliveredName.temporary(of: batch, journal: journal)
        #expect(name == ".access_26112010.log.0a1b2c3d-7.part")
        #expect(DeliveredName.batch(ofTemporary: name, journal: journal) == 7)
        #expect(DeliveredName.isTemporary(name, of: batch))
        for other in ["a.log", ".a.log.0a1b2c3d-7", ".a.log.ffffffff-7.part", ".a.log.0a1b2c3d-x.part", ".part", ""] {
            #expect(DeliveredName.batch(ofTemporary: other, journal: journal) == nil, "\(other)")
        }
        #expect(
            DeliveredName.candidates(of: batch).prefix(3) == [
                "access_26112010.log", "access_26112010-01234567.log", "access_26112010-0123456789abcdef.log",
            ]
        )
        var bare = batch
        bare.fileName = "access"
        #expect(DeliveredName.candidates(of: bare)[1] == "access-01234567")
    }
}
