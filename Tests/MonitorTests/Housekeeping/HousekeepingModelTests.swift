import Foundation
import Journal
import LogBatches
import TestServers
import Testing
import Wire

@testable import Monitor

/// Batches of all states and ages, rounds, kills and deliveries in any order, against a plain oracle.
struct HousekeepingModelTests {
    private let stores = [
        LogName(host: "web-1", log: "access"): StoreSettings(
            prefix: "access",
            delivery: "edw",
            keep: .seconds(7 * 86_400)
        ),
        LogName(host: "web-2", log: "access"): StoreSettings(
            prefix: "access",
            keep: .seconds(86_400),
            compressAfter: .seconds(600)
        ),
        LogName(host: "db-1", log: "slow"): StoreSettings(prefix: "slow", keep: .seconds(86_400), compressAfter: nil),
    ]

    @Test(arguments: 0..<12)
    func nothingUndeliveredIsEverRemoved(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let logs = try KeptLogs()
        var housekeeper = logs.housekeeper(stores)
        var all: [LogBatch] = []
        /// Each as it was last seen.
        var seen: [Int64: LogBatch] = [:]
        for _ in 0..<60 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...3: all.append(try add(to: logs, &generator))
            case 4: try deliver(all, in: logs, &generator)
            case 5: logs.now.milliseconds += Int64.random(in: 0...(3 * KeptLogs.day), using: &generator)
            case 6: try housekeeper.makeRound()
            case 7: try logs.record()
            case 8: try housekeeper.endPending()
            default:
                // Killed, in the middle of whatever it was at.
                logs.forget()
                try logs.recover()
                housekeeper = logs.housekeeper(stores)
            }
            try check(all, in: logs, &seen)
        }
        // In peace, everything that is over goes and everything else is in its place.
        logs.forget()
        try logs.recover()
        housekeeper = logs.housekeeper(stores)
        for _ in 1...2 { try logs.tidy(housekeeper) }
        try check(all, in: logs, &seen)
        var expected: Set<String> = []
        for batch in all {
            guard let now = try logs.stored(batch) else { continue }
            #expect(!isOver(now, in: logs), "\(now)")
            expected.insert(String(logs.folder.relativePath(of: now).dropFirst("logs/".count)))
        }
        #expect(Set(logs.files()) == expected)
    }

    private func add(to logs: KeptLogs, _ generator: inout SeededGenerator) throws -> LogBatch {
        let host = ["web-1", "web-2", "db-1", "former"].randomElement(using: &generator) ?? ""
        let state = LogBatch.State.allCases.randomElement(using: &generator) ?? .closed
        let delivery = state == .sent || Bool.random(using: &generator) ? "edw" : nil
        let closed = logs.ago(Double.random(in: 0...10, using: &generator))
        let sent = Timestamp(
            milliseconds: Int64.random(in: closed.milliseconds...logs.now.milliseconds, using: &generator)
        )
        return try logs.add(
            state,
            host: host,
            log: host == "db-1" ? "slow" : "access",
            delivery: delivery,
            closed: closed,
            sent: sent
        )
    }

    /// What a delivery does with one that waits.
    private func deliver(_ all: [LogBatch], in logs: KeptLogs, _ generator: inout SeededGenerator) throws {
        for batch in all.shuffled(using: &generator).prefix(5) {
            guard var now = try logs.stored(batch), now.delivery != nil, now.state == .closed || now.state == .failed
            else { continue }
            now.state = Bool.random(using: &generator) ? .sent : .failed
            if now.state == .sent { now.sentAt = logs.now }
            try logs.journal.save(now)
            try logs.folder.settle(now)
        }
    }

    /// The oracle: what the retention allows to be removed.
    private func isOver(_ batch: LogBatch, in logs: KeptLogs) -> Bool {
        let keep: Int64 = batch.host == "web-1" || batch.host == "former" ? 7 : 1
        switch batch.state {
        case .open, .failed: return false
        case .closed where batch.delivery != nil: return false
        case .closed, .sent:
            let since = max(batch.closedAt?.milliseconds ?? .max, batch.sentAt?.milliseconds ?? 0)
            return since + keep * KeptLogs.day < logs.now.milliseconds
        }
    }

    /// At any moment: whatever the journal has and is not over can be read whole.
    private func check(_ all: [LogBatch], in logs: KeptLogs, _ seen: inout [Int64: LogBatch]) throws {
        for batch in all {
            guard let now = try logs.stored(batch) else {
                // It was over then, and time only goes on.
                #expect(isOver(try #require(seen[batch.id]), in: logs))
                continue
            }
            seen[batch.id] = now
            if isOver(now, in: logs) { continue }
            #expect(try logs.read(now) == logs.contents[batch.id], "\(now)")
        }
    }
}
