import Foundation
import LogBatches
import TestServers
import Testing
import Wire

@testable import Alerts
@testable import Journal

@Suite struct SummariesTests {
    @Test func aBatchCountsForTheTimeInWhichItWasClosed() throws {
        let journal = try JournalFixture().open()
        func add(_ host: String, _ delivery: String?, _ state: LogBatch.State, closedAt: Double, lines: UInt64) throws {
            let count = try journal.batches(where: "1").count
            _ = try journal.batch(window: count, host: host, delivery: delivery) {
                ($0.state, $0.closedAt, $0.lineCount, $0.byteCount) = (state, at(closedAt), lines, lines * 100)
            }
        }
        try add("web-1", "edw", .sent, closedAt: 3_600, lines: 1)
        try add("web-1", "edw", .failed, closedAt: 3_700, lines: 2)
        try add("web-1", "edw", .closed, closedAt: 7_199, lines: 4)
        try add("web-1", nil, .closed, closedAt: 7_199, lines: 8)
        try add("web-2", "edw", .sent, closedAt: 7_199.999, lines: 16)
        try add("web-1", "edw", .sent, closedAt: 3_599.999, lines: 32)
        try add("web-1", "edw", .sent, closedAt: 7_200, lines: 64)
        _ = try journal.batch(window: 99)
        #expect(
            try journal.batchTotals(closedFrom: at(3_600), to: at(7_200)) == [
                BatchTotals(host: "web-1", delivery: nil, files: 1, lines: 8, bytes: 800, sent: 0, failed: 0),
                BatchTotals(host: "web-1", delivery: "edw", files: 3, lines: 7, bytes: 700, sent: 1, failed: 1),
                BatchTotals(host: "web-2", delivery: "edw", files: 1, lines: 16, bytes: 1_600, sent: 1, failed: 0),
            ]
        )
        #expect(try journal.batchTotals(closedFrom: at(1e6), to: at(2e6)) == [])
    }

    private func mail(_ id: String) -> OutboxMail {
        OutboxMail(messageID: id, recipients: ["ops@example.org"], subject: id, content: [1], createdAt: at(0))
    }

    @Test func aSummaryAndUpToWhenItTellsGoTogether() throws {
        let fixture = try JournalFixture()
        let journal = try fixture.open()
        #expect(try journal.summarySentThrough() == nil)
        try journal.setSummarySentThrough(at(0))
        try journal.queueSummary(mail("a"), through: at(3_600))
        #expect(try fixture.open().summarySentThrough() == at(3_600))
        // The same one made again is the same mail.
        try journal.queueSummary(mail("a"), through: at(3_600))
        #expect(try journal.outboxSummary().waiting == 1)
        // Where the mail cannot be taken, the time does not move.
        let reader = try Journal(readingAt: fixture.path)
        #expect(throws: JournalError.self) { try reader.queueSummary(mail("b"), through: at(7_200)) }
        #expect(try journal.summarySentThrough() == at(3_600))
    }

    @Test func whatHappenedToAlertsIsKeptForAWhile() throws {
        let journal = try JournalFixture().open()
        var raised = change("/", firing: true, recipients: ["ops@example.org"])
        raised.alert = raised.state?.alert
        raised.event = .raised
        var resolved = raised
        (resolved.state, resolved.event, resolved.notification) = (nil, .resolved, nil)
        var peak = raised
        (peak.event, peak.notification) = (nil, nil)
        let pending = change("/home", firing: false)
        try journal.commit(JournalGroup(createdAt: at(10), alertChanges: [raised, pending, peak]))
        try journal.commit(JournalGroup(createdAt: at(20), alertChanges: [resolved]))
        func kinds(_ from: Double, _ to: Double) throws -> [AlertNotification.Kind] {
            try journal.alertEvents(from: at(from), to: at(to)).map(\.kind)
        }
        #expect(try kinds(0, 100) == [.raised, .resolved])
        #expect(try kinds(10, 20) == [.raised] && kinds(11, 21) == [.resolved] && kinds(0, 10) == [])
        let event = try #require(try journal.alertEvents(from: at(0), to: at(15)).first)
        #expect(event.alert == raised.alert && event.recipients == [])
        try journal.pruneAlertEvents(before: at(20))
        #expect(try kinds(0, 100) == [.resolved])
    }

    @Test func eventsAndBatchesOfARefusedGroupAreNotKept() throws {
        let journal = try JournalFixture().open(pageLimit: 200)
        let batch = try journal.batch()
        var next = group(1)
        next.alertChanges[0].alert = next.alertChanges[0].state?.alert
        next.alertChanges[0].event = .raised
        // Saved last, and more than there is room for.
        var grown = batch
        grown.header = [UInt8](repeating: 35, count: 2 << 20)
        next.batches = [grown]
        let error = #expect(throws: JournalError.self) { try journal.commit(next) }
        #expect(error?.kind == .diskFull)
        #expect(try journal.alertEvents(from: at(0), to: at(1e6)) == [])
        #expect(try journal.batch(batch.id) == batch)
        #expect(try wholeGroups(in: journal) == 0)
        grown.header = [35]
        next.batches = [grown]
        try journal.commit(next)
        #expect(try journal.alertEvents(from: at(0), to: at(1e6)).count == 1)
        #expect(try journal.batch(batch.id) == grown)
    }
}
