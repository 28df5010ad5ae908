import Configuration
import SSH
import Wire

extension HostConnection {
    /// The smallest budget that is asked for: every log has room for its longest line.
    static let smallestLogBudget = 2 << 16

    /// Reads what there is of the logs, up to the budget in all. The pieces come in order, log by log in turns.
    ///
    /// Blocks; the host's timeout counts between two pieces, not for the whole.
    /// - Parameters:
    ///   - logs: one for each log that is to be read, by its number in the plan.
    ///   - chunk: is given each piece while the next ones are on their way.
    /// - Throws: `SSHError`, `ProbeFailure` or what `chunk` throws; the connection is of no use afterwards.
    func readLogs(_ logs: [LogRead], budgetBytes: Int, chunk: (LogChunk) throws -> Void) throws -> LogsRead {
        sequence &+= 1
        let budget = max(budgetBytes, Self.smallestLogBudget)
        let request = Request.readLogs(sequence: sequence, budgetBytes: UInt32(clamping: budget), logs: logs)
        try channel.write(sealer.seal(request.encode()), deadline: .now + settings.timeout)
        var answer = LogAnswer(to: logs, budgetBytes: budget)
        while true {
            let reply = try Self.reply(
                from: channel,
                opener: opener,
                settings: settings,
                step: .logs,
                waiting: settings.timeout,
                until: .now + settings.timeout
            )
            switch reply {
            case .logChunk(let piece):
                guard answer.accepts(piece) else { throw Self.unexpected(settings) }
                try chunk(piece)
            case .logsRead(let end):
                guard end.sequence == sequence, answer.accepts(end) else { throw Self.unexpected(settings) }
                return end.withBoundedTexts
            case .hello, .snapshot:
                throw Self.unexpected(settings)
            }
        }
    }
}
