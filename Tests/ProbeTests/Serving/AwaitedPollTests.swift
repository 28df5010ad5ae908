import Foundation
import TestServers
import Testing
import Wire

/// Polls that are asked for ahead of their time.
struct AwaitedPollTests {
    private static let hour: UInt64 = 3_600_000_000

    @Test(arguments: ProbeExecutable.probes)
    func anAnswerIsHeldUntilItsTime(executable: ProbeExecutable) throws {
        let conversation = try ProbeConversation(executable, plan: CollectionPlan(metrics: ["uptime_seconds"]))
        _ = try conversation.poll()
        let sent = ContinuousClock.now
        try conversation.send(.poll(sequence: 9, withMetrics: true, commandsDue: [], delayMicroseconds: 300_000))
        let snapshot = try conversation.snapshot()
        let took = sent.duration(to: .now)
        #expect(snapshot.sequence == 9)
        #expect(snapshot.samples.count == 1)
        #expect(took >= .milliseconds(300))
        // What the probe was late by, and nothing of the delay, is said to be lateness.
        #expect(took >= .milliseconds(300) + .microseconds(snapshot.latenessMicroseconds))
        #expect(took < .seconds(5), "the answer came long after its time")
    }

    @Test func itsCommandsStartAtItsTime() throws {
        let conversation = try ProbeConversation(plan: .commands("echo 1"))
        let sent = Date.now.timeIntervalSince1970
        try conversation.send(.poll(sequence: 1, withMetrics: false, commandsDue: [0], delayMicroseconds: 300_000))
        let result = try #require(try conversation.snapshot().commandResults.first)
        // Two readings of clocks, each cut to milliseconds.
        #expect(Double(result.startedAt.milliseconds) / 1_000 >= sent + 0.298)
    }

    @Test func otherRequestsOvertakeIt() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        try conversation.send(.poll(sequence: 1, withMetrics: true, commandsDue: [], delayMicroseconds: Self.hour))
        // A new plan is taken up at once, and the poll of the old one dropped.
        try conversation.configure(CollectionPlan(metrics: ["processes_running", "uptime_seconds"]))
        try conversation.send(.poll(sequence: 2, withMetrics: true, commandsDue: [], delayMicroseconds: .max))
        // So is a poll, in the place of the one that waits.
        try conversation.send(.poll(sequence: 3, withMetrics: true, commandsDue: [], delayMicroseconds: 50_000))
        #expect(try conversation.snapshot().sequence == 3)
        try conversation.send(.poll(sequence: 4, withMetrics: true, commandsDue: []))
        let last = try conversation.snapshot()
        #expect(last.sequence == 4)
        #expect(Set(last.samples.map(\.metric)) == [0, 1])
    }

    @Test(arguments: SpawnedProgram.Transport.allCases)
    func theEndOfTheChannelDoesNotWaitForIt(transport: SpawnedProgram.Transport) throws {
        for closesInput in [true, false] {
            let conversation = try ProbeConversation(transport: transport)
            try conversation.configure(CollectionPlan(metrics: ["uptime_seconds"]))
            try conversation.send(.poll(sequence: 1, withMetrics: true, commandsDue: [], delayMicroseconds: Self.hour))
            if closesInput {
                conversation.program.closeInput()
            } else {
                conversation.program.closeOutput()
            }
            #expect(try conversation.program.waitForExit() == 0)
        }
    }

    @Test func aSignalDoesNotWaitForIt() throws {
        let conversation = try ProbeConversation(plan: CollectionPlan(metrics: ["uptime_seconds"]))
        try conversation.send(.poll(sequence: 1, withMetrics: true, commandsDue: [], delayMicroseconds: Self.hour))
        kill(conversation.processIdentifier, SIGTERM)
        #expect(try conversation.program.waitForExit() == 0)
    }
}
