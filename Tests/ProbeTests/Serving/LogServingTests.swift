import Foundation
import TestServers
import Testing
import Wire

/// Logs over the channel, as the server meets them.
struct LogServingTests {
    @Test func aLogThatThePlanDoesNotHaveIsReported() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        let answer = try conversation.readLogs([.beginning(0), .beginning(.max)], sequence: 7)
        #expect(answer.chunks.isEmpty)
        #expect(answer.end.sequence == 7)
        #expect(answer.end.reports.map(\.log) == [0, .max])
        #expect(answer.end.reports.allSatisfy { $0.condition == .failed && $0.errorNumber == EINVAL })
        #expect(abs(Double(answer.end.readAt.milliseconds) / 1_000 - Date().timeIntervalSince1970) < 5)
        #expect(try conversation.poll().samples.map(\.metric) == [0])
    }

    @Test func logsBeforeAPlanAreRefused() throws {
        let conversation = try ProbeConversation()
        try conversation.send(.readLogs(sequence: 1, budgetBytes: 1, logs: []))
        let errors = try conversation.program.readErrors()
        #expect(errors.contains("logs were asked for before a plan"))
        #expect(try conversation.program.waitForExit() == 3)
    }

    @Test func aRequestForNoLogsIsAnswered() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: []))
        #expect(try conversation.readLogs([]).end.reports.isEmpty)
    }
}
