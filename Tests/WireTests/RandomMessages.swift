import TestServers
import Wire

/// Messages with every kind of value: empty and long texts, non-ASCII, extreme numbers.
extension SeededGenerator {
    mutating func request() -> Request {
        switch Int.random(in: 0..<3, using: &self) {
        case 0:
            return .poll(
                sequence: number(),
                withMetrics: Bool.random(using: &self),
                commandsDue: list(5) { $0.number() },
                delayMicroseconds: number()
            )
        case 1: return .readLogs(sequence: number(), budgetBytes: number(), logs: list(4) { $0.logRead() })
        default: return .configure(plan())
        }
    }

    private mutating func plan() -> CollectionPlan {
        CollectionPlan(
            metrics: list(12) { $0.text() },
            commands: list(4) {
                CommandPlan(run: $0.text(), deadlineMilliseconds: $0.number(), outputLimitBytes: $0.number())
            },
            logs: list(4) {
                LogPlan(path: $0.text(), lineLimitBytes: $0.number(), rotatedGraceMilliseconds: $0.number())
            },
            collectorDeadlineMilliseconds: number()
        )
    }

    mutating func reply() -> Reply {
        switch Int.random(in: 0..<5, using: &self) {
        case 0:
            let identity = HostIdentity(
                machineID: text(),
                kernel: text(),
                architecture: text(),
                nodeName: text(),
                clock: Timestamp(milliseconds: number())
            )
            return .hello(identity, unknownMetrics: list(6) { $0.number() })
        case 1: return .logChunk(logChunk())
        case 2: return .logsRead(logsRead())
        default: return .snapshot(snapshot())
        }
    }

    private mutating func snapshot() -> Snapshot {
        Snapshot(
            sequence: number(),
            collectedAt: Timestamp(milliseconds: number()),
            latenessMicroseconds: number(),
            samples: list(30) { Sample(metric: $0.number(), instance: $0.text(), value: $0.finite()) },
            failures: list(3) { CollectorFailure(collector: $0.text(), reason: $0.text()) },
            commandResults: list(3) { $0.commandResult() },
            commandsRunning: number()
        )
    }

    private mutating func commandResult() -> CommandResult {
        CommandResult(
            command: number(),
            ending: CommandResult.Ending(rawValue: UInt8.random(in: 0...3, using: &self)) ?? .exited,
            status: number(),
            startedAt: Timestamp(milliseconds: number()),
            durationMilliseconds: number(),
            output: bytes(Int.random(in: 0...300, using: &self)),
            isTruncated: Bool.random(using: &self)
        )
    }

    mutating func list<Element>(_ limit: Int, _ make: (inout SeededGenerator) -> Element) -> [Element] {
        (0..<Int.random(in: 0...limit, using: &self)).map { _ in make(&self) }
    }

    /// Small, random and extreme ones.
    mutating func number<Number: FixedWidthInteger>() -> Number {
        switch Int.random(in: 0..<4, using: &self) {
        case 0: Number.max
        case 1: Number.min
        case 2: Number(Int.random(in: 0..<100, using: &self))
        default: Number(truncatingIfNeeded: next())
        }
    }

    private mutating func finite() -> Double {
        switch Int.random(in: 0..<4, using: &self) {
        case 0: 0
        case 1: -Double.greatestFiniteMagnitude
        case 2: Double.leastNonzeroMagnitude
        default: Double.random(in: -1e12...1e12, using: &self)
        }
    }

    mutating func text() -> String {
        switch Int.random(in: 0..<5, using: &self) {
        case 0: ""
        case 1: "/srv/Übersicht €"
        case 2: String(repeating: "x", count: Int.random(in: 100...300, using: &self))
        default: String((0..<Int.random(in: 1...20, using: &self)).map { _ in "abc/-_ \"\\\n".randomElement() ?? "a" })
        }
    }
}
