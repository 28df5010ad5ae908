import Testing

@testable import Monitor

struct ReadBudgetTests {
    @Test func growsToEightMebibytesOnAFastLine() {
        var budget = ReadBudget()
        for _ in 0..<10 { budget.adapt(asked: budget.bytes, brought: budget.bytes, in: .milliseconds(10)) }
        #expect(budget.bytes == 8 << 20)
    }

    @Test func asksForAQuarterOfASecondOfASlowLine() {
        var budget = ReadBudget()
        // 1 MB/s
        for _ in 0..<10 { budget.adapt(asked: budget.bytes, brought: budget.bytes, in: .microseconds(budget.bytes)) }
        #expect(budget.bytes == 250_000)
    }

    @Test func asksForLittleBeforeAPoll() {
        var budget = ReadBudget()
        for _ in 0..<10 { budget.adapt(asked: budget.bytes, brought: budget.bytes, in: .milliseconds(10)) }
        #expect(budget.bytes(within: .seconds(5)) == 8 << 20)
        #expect(budget.bytes(within: .milliseconds(25)) == (8 << 20) / 10)
        #expect(budget.bytes(within: .milliseconds(-5)) == 128 << 10)
    }

    @Test func asksForSomeOfALineThatHardlyMoves() {
        var budget = ReadBudget()
        budget.adapt(asked: budget.bytes, brought: budget.bytes, in: .seconds(100))
        #expect(budget.bytes == 128 << 10)
        // 256 KiB in 100 s
        #expect(budget.shortest == .seconds(50))
    }

    @Test func learnsNothingFromALogThatHeldLess() {
        var budget = ReadBudget()
        budget.adapt(asked: budget.bytes, brought: 100, in: .seconds(1))
        #expect(budget.bytes == 256 << 10)
    }

    @Test func doublesAtMost() {
        var budget = ReadBudget()
        budget.adapt(asked: budget.bytes, brought: budget.bytes, in: .zero)
        #expect(budget.bytes == 512 << 10)
    }
}
