import TestServers
import Testing
import Wire

/// Logs whose lines are stored may have longer ones.
struct StoredLineTests {
    /// What the server asks for on the slowest line.
    private static let smallestBudget: UInt32 = 128 << 10

    private func line(_ count: UInt32, _ letter: Character, ending: String = "\n") -> String {
        String(repeating: letter, count: Int(count)) + ending
    }

    @Test(arguments: ["\n", "\r\n"])
    func theLongestLineComesWholeWithTheSmallestBudget(ending: String) throws {
        let folder = try TestFolder("stored")
        let limit = LogPlan.storedLineLimit
        // A carriage return is of the line.
        let longest = line(limit - UInt32(ending.utf8.count) + 1, "a", ending: ending)
        let other = line(limit, "b")
        let text = "first\n" + longest + "between\n" + line(limit + 1, "c") + other + "last\n"
        let plan = CollectionPlan(
            metrics: [],
            logs: [
                LogPlan(path: try folder.file("a.log", text), lineLimitBytes: limit),
                LogPlan(path: try folder.file("b.log", other + other), lineLimitBytes: limit),
            ]
        )
        let conversation = try ProbeConversation(plan: plan)
        var reads = [LogRead.beginning(0), .beginning(1)]
        var contents: [UInt16: [UInt8]] = [:]
        var longLines: UInt32 = 0
        for _ in 0..<20 where !reads.isEmpty {
            let answer = try conversation.readLogs(reads, budgetBytes: StoredLineTests.smallestBudget)
            for chunk in answer.chunks {
                contents[chunk.log, default: []] += chunk.bytes
                longLines += chunk.longLines
            }
            // In turns, as the server asks.
            reads = answer.end.reports.filter { !$0.isAtEnd }.reversed()
                .map { LogRead(log: $0.log, start: .beginning, cursors: $0.cursors) }
        }
        #expect(reads.isEmpty)
        #expect(longLines == 1)
        let isWhole = contents[0] == Array(("first\n" + longest + "between\n" + other + "last\n").utf8)
        #expect(isWhole)
        #expect(contents[1] == Array((other + other).utf8))
    }
}
