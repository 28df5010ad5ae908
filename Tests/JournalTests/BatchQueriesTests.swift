import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@testable import Journal

/// What deliveries, the housekeeping and `metricsd logs` ask for.
@Suite struct BatchQueriesTests {
    private static func closed(at second: Double, _ state: LogBatch.State = .closed) -> (inout LogBatch) -> Void {
        { batch in (batch.state, batch.closedAt) = (state, at(second)) }
    }

    // MARK: Deliveries

    @Test func deliveriesAreDueOldestFirst() throws {
        let journal = try JournalFixture().open()
        // A later part of an early window was opened late.
        let late = try journal.batch(window: 5, Self.closed(at: 100))
        let early = try journal.batch(window: 6, Self.closed(at: 50))
        let tried = try journal.batch(window: 7) {
            Self.closed(at: 10, .failed)(&$0)
            ($0.attempts, $0.nextAttemptAt) = (3, at(400))
        }
        _ = try journal.batch(window: 8)
        _ = try journal.batch(window: 9, Self.closed(at: 1, .sent))
        _ = try journal.batch(window: 10, delivery: nil, Self.closed(at: 1))
        _ = try journal.batch(window: 11, delivery: "other", Self.closed(at: 1))
        func due(_ second: Double, limit: Int = 10, except: Set<Int64> = []) throws -> [Int64] {
            try journal.dueDeliveries(of: "edw", now: at(second), limit: limit, except: except).map(\.id)
        }
        #expect(try due(399) == [early.id, late.id])
        #expect(try due(400) == [tried.id, early.id, late.id])
        #expect(try due(400, limit: 2) == [tried.id, early.id])
        #expect(try due(400, limit: 2, except: [tried.id]) == [early.id, late.id])
        #expect(try journal.dueDeliveries(of: "edw", now: at(400), limit: 1) == [tried])
        #expect(try journal.pendingBatchIDs(of: "edw") == [early.id, late.id, tried.id])
        // The clock was a year ahead when the next try was planned.
        #expect(try due(-365 * 86_400) == [tried.id, early.id, late.id])
        // It was ten minutes ahead, and tries are at most five apart.
        func due(at second: Double, withFailed: Bool) throws -> [Int64] {
            try journal.dueDeliveries(
                of: "edw",
                now: at(second),
                limit: 10,
                longestRetry: .seconds(300),
                withFailed: withFailed
            ).map(\.id)
        }
        #expect(try due(at: 99, withFailed: true) == [tried.id, early.id, late.id])
        #expect(try due(at: 101, withFailed: true) == [early.id, late.id])
        #expect(try due(at: 400, withFailed: false) == [early.id, late.id])
        #expect(try journal.attempts(of: [tried.id, early.id, 999]) == [tried.id: 3, early.id: 0])
    }

    @Test func theNextTryIsTheEarliest() throws {
        let journal = try JournalFixture().open()
        #expect(try journal.nextDelivery(of: "edw") == nil)
        var batches = try (0..<3).map { window in
            try journal.batch(window: window) {
                Self.closed(at: 10, .failed)(&$0)
                ($0.nextAttemptAt, $0.lastError) = (at(Double(100 - window)), "try \(window)")
            }
        }
        #expect(try journal.nextDelivery(of: "edw") == at(98))
        #expect(try journal.lastDeliveryError(of: "edw") == "try 0")
        batches[1].nextAttemptAt = nil
        try journal.save(batches[1])
        #expect(try #require(try journal.nextDelivery(of: "edw")) < at(0))
        for batch in batches {
            var sent = batch
            (sent.state, sent.lastError) = (.sent, nil)
            try journal.save(sent)
        }
        #expect(try journal.nextDelivery(of: "edw") == nil)
        #expect(try journal.lastDeliveryError(of: "edw") == nil)
    }

    // MARK: Housekeeping

    private static let states: [(LogBatch.State, String?)] = LogBatch.State.allCases.flatMap { state in
        [(state, "edw"), (state, nil)]
    }

    /// The promise of the housekeeping, over every state: what is not delivered is never given away.
    @Test(arguments: [true, false])
    func onlyWhatIsDeliveredIsRemovable(isCompressed: Bool) throws {
        let journal = try JournalFixture().open()
        var ends: Set<String> = []
        for (window, (state, delivery)) in Self.states.enumerated() {
            let batch = try journal.batch(window: window, delivery: delivery) {
                $0.state = state
                $0.closedAt = state == .open ? nil : at(10)
                $0.sentAt = state == .sent ? at(20) : nil
                $0.isCompressed = isCompressed
            }
            if state == .sent || state == .closed && delivery == nil { ends.insert(batch.fileName) }
        }
        let name = LogName(host: "web-1", log: "access")
        #expect(Set(try journal.removable(name, before: at(1e9), limit: 100).map(\.fileName)) == ends)
        #expect(
            Set(try journal.compressible(name, closedBefore: at(1e9), limit: 100).map(\.fileName))
                == (isCompressed ? [] : ends)
        )
        #expect(try journal.removable(name, before: at(10), limit: 100).isEmpty)
        #expect(try journal.compressible(name, closedBefore: at(10), limit: 100).isEmpty)
        // Delivered late, kept from then on.
        #expect(try journal.removable(name, before: at(20), limit: 100).allSatisfy { $0.state == .closed })
        #expect(try journal.removable(LogName(host: "web-1", log: "api"), before: at(1e9), limit: 9).isEmpty)
    }

    @Test func theOldestGoFirst() throws {
        let journal = try JournalFixture().open()
        for window in 0..<5 {
            _ = try journal.batch(window: window, delivery: nil, Self.closed(at: Double(9 - window)))
        }
        let name = LogName(host: "web-1", log: "access")
        #expect(try journal.removable(name, before: at(100), limit: 2).map(\.closedAt) == [at(5), at(6)])
        #expect(try journal.compressible(name, closedBefore: at(8), limit: 9).map(\.closedAt) == [at(5), at(6), at(7)])
    }

    @Test func logsThatNobodyConfiguresAnyMoreAreKnown() throws {
        let journal = try JournalFixture().open()
        #expect(try journal.logsWithBatches() == [])
        for (host, log) in [("b", "x"), ("a", "y"), ("a", "x"), ("a", "x"), ("größe", "-")] {
            _ = try journal.openBatch(draft(host: host, log: log)) { "\($0)" }
        }
        #expect(
            try journal.logsWithBatches()
                == Set([("a", "x"), ("a", "y"), ("b", "x"), ("größe", "-")].map { LogName(host: $0.0, log: $0.1) })
        )
    }

    // MARK: Reading

    @Test func batchesOfATimeComeByHostLogWindowAndPart() throws {
        let journal = try JournalFixture().open()
        for window in [2, 0, 1] {
            for (host, log) in [("web-2", "access"), ("web-1", "api"), ("web-1", "access")] {
                _ = try journal.batch(window: window, host: host, log: log)
            }
        }
        _ = try journal.batch(window: 1)
        // Nothing is in it yet.
        _ = try journal.batch(window: 1) { $0.lineCount = 0 }
        func found(
            _ hosts: Set<String>? = nil,
            _ logs: Set<String>? = nil,
            from: Double? = nil,
            to: Double? = nil
        ) throws -> [String] {
            try journal.batches(of: hosts, logs: logs, from: from.map { at($0) }, to: to.map { at($0) }).map {
                "\($0.host) \($0.log) \(($0.windowStart.milliseconds - at(0).milliseconds) / 1_200_000)/\($0.part)"
            }
        }
        let web1 = ["web-1 access 0/1", "web-1 access 1/1", "web-1 access 1/2", "web-1 access 2/1"]
        #expect(
            try found() == web1
                + ["api", "access"].flatMap { log in
                    (0..<3).map { "\(log == "api" ? "web-1" : "web-2") \(log) \($0)/1" }
                }
        )
        #expect(try found(["web-1"], ["access"]) == web1)
        #expect(try found(["web-1"], ["access"], from: 1_200) == Array(web1[1...]))
        #expect(try found(["web-1"], ["access"], from: 1_199) == web1)
        #expect(try found(["web-1"], ["access"], to: 2_400) == Array(web1[..<3]))
        #expect(try found(["web-1"], ["access"], from: 1_300, to: 1_400) == Array(web1[1..<3]))
        #expect(try found(["web-3"]) == [] && found([]) == [] && found(nil, ["x"]) == [])
    }

    /// A day's window that began long before.
    @Test func theLongestWindowIsFound() throws {
        let journal = try JournalFixture().open()
        var day = draft()
        day.windowSeconds = 86_400
        var batch = try journal.openBatch(day) { "\($0)" }
        batch.lineCount = 1
        try journal.save(batch)
        #expect(try journal.batches(from: at(86_399)) == [batch])
        #expect(try journal.batches(from: at(86_400)) == [])
    }
}
