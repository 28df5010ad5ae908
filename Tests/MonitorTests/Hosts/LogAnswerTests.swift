import Testing
import Wire

@testable import Monitor

/// What a host may answer is anything; what is read of it refers to the logs that it was asked for.
struct LogAnswerTests {
    private static let budget = 1 << 20

    private func cursor(_ fileNumber: UInt32) -> LogCursor {
        LogCursor(
            fileNumber: fileNumber,
            device: 1,
            inode: 2,
            offset: 300,
            headStart: 0,
            headLength: 100,
            headHash: [UInt8](repeating: 1, count: 16),
            tailLength: 100,
            tailHash: [UInt8](repeating: 2, count: 16)
        )
    }

    /// Log 3 is new, log 5 is known up to its file 7.
    private func answer(budget: Int = LogAnswerTests.budget) -> LogAnswer {
        LogAnswer(
            to: [
                LogRead(log: 3, start: .end, cursors: []),
                LogRead(log: 5, start: .end, cursors: [cursor(6), cursor(7)]),
            ],
            budgetBytes: budget
        )
    }

    private func chunk(
        log: UInt16 = 5,
        fileNumber: UInt32 = 7,
        count: Int = 10,
        cursors: [LogCursor]? = nil
    ) -> LogChunk {
        LogChunk(
            log: log,
            fileNumber: fileNumber,
            bytes: [UInt8](repeating: 10, count: count),
            cursors: cursors ?? [cursor(fileNumber)]
        )
    }

    private func accepts(_ chunk: LogChunk) -> Bool {
        var answer = answer()
        return answer.accepts(chunk)
    }

    /// How many pieces of an answer are taken before one is refused.
    private func acceptedCount(of chunks: [LogChunk], budget: Int = LogAnswerTests.budget) -> Int {
        var answer = answer(budget: budget)
        return chunks.firstIndex { !answer.accepts($0) } ?? chunks.count
    }

    private func accepts(_ end: LogsRead) -> Bool {
        var answer = answer()
        return answer.accepts(end)
    }

    @Test func aLogThatWasAskedForIsTaken() {
        #expect(accepts(chunk()))
        #expect(accepts(chunk(fileNumber: 6, cursors: [cursor(6), cursor(7)])))
        #expect(accepts(chunk(fileNumber: 8, cursors: [cursor(7), cursor(8)])))
        #expect(accepts(chunk(log: 3, fileNumber: 1)))
        // The last lines of a file that is finished, and of which no other one is there.
        #expect(accepts(chunk(cursors: [])))
    }

    @Test func otherLogsAndFilesAreRefused() {
        #expect(!accepts(chunk(log: 4)))
        #expect(!accepts(chunk(fileNumber: 0, cursors: [cursor(7)])))
        #expect(!accepts(chunk(fileNumber: 8, cursors: [cursor(7)])))
        #expect(!accepts(chunk(log: 3, fileNumber: 1, cursors: [])))
        #expect(!accepts(chunk(fileNumber: .max, cursors: [cursor(.max)])))
    }

    @Test func moreThanWasAskedForIsRefused() {
        #expect(accepts(chunk(count: LogChunk.byteLimit)))
        #expect(!accepts(chunk(count: LogChunk.byteLimit + 1)))
        #expect(acceptedCount(of: [chunk(), chunk(log: 3, fileNumber: 1), chunk()], budget: 25) == 2)
        var withHeader = chunk()
        withHeader.header = [UInt8](repeating: 35, count: LogChunk.byteLimit + 1)
        #expect(!accepts(withHeader))
    }

    @Test func piecesWithoutLinesHaveAnEnd() {
        let pieces = Array(repeating: chunk(count: 0), count: 10_000)
        #expect((1_000..<10_000).contains(acceptedCount(of: pieces)))
    }

    @Test func cursorsThatCannotBeAreRefused() {
        #expect(!accepts(chunk(cursors: [cursor(7), cursor(7)])))
        // The name was switched back to an earlier file.
        #expect(accepts(chunk(cursors: [cursor(7), cursor(6)])))
        #expect(!accepts(chunk(cursors: (1...1_001).map { cursor($0) })))
        let defects: [(inout LogCursor) -> Void] = [
            { $0.offset = UInt64(Int64.max) + 1 },
            { $0.knownSize = .max },
            { $0.headStart = .max },
            { $0.headLength = 1_025 },
            { $0.tailLength = 1_025 },
            { $0.headHash.append(0) },
            { $0.tailHash.append(0) },
        ]
        for defect in defects {
            var odd = cursor(7)
            defect(&odd)
            #expect(!accepts(chunk(cursors: [odd])))
        }
    }

    private func end(_ logs: [UInt16], losses: [LogLoss] = [], cursors: [LogCursor] = []) -> LogsRead {
        LogsRead(
            sequence: 1,
            readAt: Timestamp(milliseconds: 0),
            reports: logs.map {
                LogReport(log: $0, condition: .missing, isAtEnd: true, cursors: cursors, losses: losses)
            }
        )
    }

    @Test func thereIsOneReportForEachLog() {
        #expect(accepts(end([3, 5])))
        #expect(!accepts(end([3])))
        #expect(!accepts(end([5, 3])))
        #expect(!accepts(end([3, 5, 5])))
        #expect(!accepts(end([3, 5], cursors: [cursor(2), cursor(2)])))
    }

    @Test func lossesAreBounded() {
        let loss = LogLoss(cause: .removed, file: "/a", bytes: 5)
        #expect(accepts(end([3, 5], losses: [loss])))
        #expect(!accepts(end([3, 5], losses: Array(repeating: loss, count: 1_001))))
        var endless = loss
        endless.bytes = .max
        #expect(!accepts(end([3, 5], losses: [endless])))
        var long = loss
        long.file = String(repeating: "/ä", count: 5_000)
        #expect(end([3], losses: [long]).withBoundedTexts.reports[0].losses[0].file.utf8.count <= 4_096)
    }
}
