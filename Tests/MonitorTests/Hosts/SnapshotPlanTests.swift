import Testing
import Wire

@testable import Monitor

/// What a host may answer is anything; what is recorded of it refers to what it was asked.
struct SnapshotPlanTests {
    private let plan = CollectionPlan(
        metrics: ["cpu_percent"],
        commands: [CommandPlan(run: "true", deadlineMilliseconds: 1, outputLimitBytes: 1)]
    )

    private func snapshot(metric: UInt16 = 0, command: UInt16 = 0, count: Int = 1) -> Snapshot {
        var snapshot = Snapshot(sequence: 1, collectedAt: Timestamp(milliseconds: 0))
        snapshot.samples = Array(repeating: Sample(metric: metric, value: 1), count: count)
        snapshot.commandResults = [
            CommandResult(
                command: command,
                ending: .exited,
                status: 0,
                startedAt: Timestamp(milliseconds: 0),
                durationMilliseconds: 0,
                output: [],
                isTruncated: false
            )
        ]
        return snapshot
    }

    @Test func numbersOutsideOfThePlanAreRefused() {
        #expect(snapshot().fits(plan))
        #expect(!snapshot(metric: 1).fits(plan))
        #expect(!snapshot(metric: .max).fits(plan))
        #expect(!snapshot(command: 1).fits(plan))
        #expect(!snapshot(count: Snapshot.samplesLimit + 1).fits(plan))
    }

    @Test(arguments: [(Int64.min, Int64.min), (.max, .max - 1_000), (2_500, 1_500)])
    func aClockAtTheEndOfTimeHasASkew(clock: Int64, skew: Int64) {
        #expect(Timestamp(milliseconds: clock).skew(to: Timestamp(milliseconds: 1_000)) == skew)
    }
}
