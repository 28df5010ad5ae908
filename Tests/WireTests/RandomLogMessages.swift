import TestServers
import Wire

extension SeededGenerator {
    mutating func logRead() -> LogRead {
        LogRead(log: number(), start: Bool.random(using: &self) ? .end : .beginning, cursors: list(3) { $0.cursor() })
    }

    mutating func logChunk() -> LogChunk {
        LogChunk(
            log: number(),
            fileNumber: number(),
            header: bytes(Int.random(in: 0...40, using: &self)),
            bytes: bytes(Int.random(in: 0...400, using: &self)),
            longLines: number(),
            cursors: list(3) { $0.cursor() }
        )
    }

    mutating func logsRead() -> LogsRead {
        LogsRead(
            sequence: number(),
            readAt: Timestamp(milliseconds: number()),
            reports: list(4) {
                LogReport(
                    log: $0.number(),
                    condition: LogReport.Condition(rawValue: UInt8.random(in: 0...4, using: &$0)) ?? .failed,
                    errorNumber: $0.number(),
                    isAtEnd: Bool.random(using: &$0),
                    cursors: $0.list(2) { $0.cursor() },
                    losses: $0.list(2) { $0.loss() }
                )
            }
        )
    }

    private mutating func cursor() -> LogCursor {
        LogCursor(
            fileNumber: number(),
            device: number(),
            inode: number(),
            offset: number(),
            headStart: number(),
            headLength: number(),
            headHash: bytes(Bool.random(using: &self) ? 16 : 0),
            tailLength: number(),
            tailHash: bytes(Bool.random(using: &self) ? 16 : 0),
            isInLongLine: Bool.random(using: &self),
            isFinished: Bool.random(using: &self),
            knownSize: number(),
            modifiedAt: number()
        )
    }

    private mutating func loss() -> LogLoss {
        LogLoss(
            cause: LogLoss.Cause(rawValue: UInt8.random(in: 1...4, using: &self)) ?? .removed,
            file: text(),
            bytes: Bool.random(using: &self) ? number() : nil
        )
    }
}
