import Foundation
import Testing
import Wire

/// The probe's loop with collectors that misbehave: each is told by name, and costs no other its values.
struct CollectorRunTests {
    private func poll(
        _ conversation: ProbeConversation
    ) throws -> (values: [UInt16: [Double]], failures: [String: String]) {
        let snapshot = try conversation.poll()
        return (
            Dictionary(grouping: snapshot.samples, by: \.metric).mapValues { $0.map(\.value) },
            Dictionary(snapshot.failures.map { ($0.collector, $0.reason) }) { first, _ in first }
        )
    }

    @Test func whatFailsIsNamedAndTheOthersAnswer() throws {
        let conversation = try ProbeConversation(
            .rehearsal,
            plan: CollectionPlan(metrics: ["steady", "failing", "failing_child", "crashing", "silent"])
        )
        for _ in 0..<3 {
            let (values, failures) = try poll(conversation)
            // Infinity is left out; what was read before a failure stays.
            #expect(values == [0: [1.5, 2], 1: [5], 2: [6]])
            #expect(
                failures == [
                    "failing": "no such sensor",
                    "failing_child": "no such mount",
                    "crashing": "its process ended without an answer",
                    "silent": "its process ended without an answer",
                ]
            )
        }
        #expect(try ProcessTable.hasNoChildren(conversation.processIdentifier))
    }

    @Test func oneThatHangsIsKilledAtItsDeadline() throws {
        let conversation = try ProbeConversation(
            .rehearsal,
            plan: CollectionPlan(metrics: ["hanging", "steady"], collectorDeadlineMilliseconds: 400)
        )
        for _ in 0..<3 {
            let clock = ContinuousClock()
            var answer: (values: [UInt16: [Double]], failures: [String: String]) = ([:], [:])
            let duration = try clock.measure { answer = try poll(conversation) }
            #expect(answer.values == [1: [1.5, 2]])
            #expect(answer.failures["hanging"]?.hasPrefix("no answer within 400 ms") == true)
            #expect(duration >= .milliseconds(390))
            #expect(duration < .seconds(5))
        }
        #expect(try ProcessTable.hasNoChildren(conversation.processIdentifier))
    }

    @Test func allAreStartedBeforeAnyIsAwaited() throws {
        let conversation = try ProbeConversation(
            .rehearsal,
            plan: CollectionPlan(metrics: ["slow_one", "slow_two"], collectorDeadlineMilliseconds: 10_000)
        )
        // The children of both run at the same time while the answer is awaited.
        try conversation.send(.poll(sequence: 1, withMetrics: true, commandsDue: []))
        var most = 0
        let end = ContinuousClock.now + .seconds(5)
        while most < 2, ContinuousClock.now < end {
            most = max(most, try ProcessTable.children(of: conversation.processIdentifier).count)
        }
        #expect(most == 2)
        guard case .snapshot(let snapshot) = try conversation.receive() else { throw POSIXError(.EPROTO) }
        #expect(Set(snapshot.samples.map(\.metric)) == [0, 1])
        #expect(snapshot.failures.isEmpty)
    }

    @Test func anAnswerLongerThanAPipeArrivesWhole() throws {
        let conversation = try ProbeConversation(
            .rehearsal,
            plan: CollectionPlan(metrics: ["flood"], collectorDeadlineMilliseconds: 20_000)
        )
        #expect(try poll(conversation).values == [0: (0..<20_000).map(Double.init)])
    }

    @Test func ratesArePrimedByAReadingOfTheirOwn() throws {
        let conversation = try ProbeConversation(.rehearsal, plan: CollectionPlan(metrics: ["rate"]))
        let interval = try #require(try poll(conversation).values[0]?.first)
        #expect(interval >= 190)
        #expect(interval < 5_000)
        // From then on the interval is that of the polls.
        let next = try #require(try poll(conversation).values[0]?.first)
        #expect(next < 190)
    }

    @Test func theEndOfTheChannelEndsHangingCollectors() throws {
        let conversation = try ProbeConversation(
            .rehearsal,
            plan: CollectionPlan(metrics: ["hanging"], collectorDeadlineMilliseconds: 60_000)
        )
        try conversation.send(.poll(sequence: 1, withMetrics: true, commandsDue: []))
        var children: [Int32] = []
        let end = ContinuousClock.now + .seconds(5)
        while children.isEmpty, ContinuousClock.now < end {
            children = try ProcessTable.children(of: conversation.processIdentifier)
        }
        #expect(children.count == 1)
        #expect(try conversation.end() == 0)
        for child in children { #expect(ProcessTable.isGone(child)) }
    }
}
