import TestServers
import Wire

extension ProbeConversation {
    /// What one request brings: its pieces in order, and the end of the answer.
    struct LogAnswer {
        var chunks: [LogChunk] = []
        var end: LogsRead

        /// All bytes of a log.
        func bytes(of log: UInt16) -> [UInt8] { chunks.filter { $0.log == log }.flatMap(\.bytes) }
    }

    func readLogs(_ logs: [LogRead], budgetBytes: UInt32 = 8 << 20, sequence: UInt32 = 1) throws -> LogAnswer {
        try send(.readLogs(sequence: sequence, budgetBytes: budgetBytes, logs: logs))
        return try receiveLogs()
    }

    func receiveLogs() throws -> LogAnswer {
        var chunks: [LogChunk] = []
        while true {
            switch try receive() {
            case .logChunk(let chunk): chunks.append(chunk)
            case .logsRead(let end): return LogAnswer(chunks: chunks, end: end)
            case .hello, .snapshot: throw ProgramFailure(description: "another answer in the midst of a log")
            }
        }
    }
}

extension LogRead {
    /// From the first line on.
    static func beginning(_ log: UInt16) -> LogRead { LogRead(log: log, start: .beginning, cursors: []) }
}
