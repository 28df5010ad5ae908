import Foundation
import TestServers
import Wire

/// The server's side of the channel to a probe that runs over pipes.
final class ProbeConversation {
    let program: SpawnedProgram
    let sealer: FrameSealer
    private let opener: FrameOpener
    private var sequence: UInt32 = 0

    /// - Parameters:
    ///   - environment: `NAME=value`, beside what the test runner has.
    ///   - arguments: behind `--serve`.
    init(
        _ executable: ProbeExecutable = .native,
        transport: SpawnedProgram.Transport = .pipes,
        environment: [String] = [],
        arguments: [String] = []
    ) throws {
        let key = Frame.randomKey()
        sealer = try FrameSealer(key: key, direction: .toProbe)
        opener = try FrameOpener(key: key, direction: .toServer)
        let command = try executable.command() + ["--serve"] + arguments
        program = try SpawnedProgram(
            environment.isEmpty ? command : ["/usr/bin/env"] + environment + command,
            transport: transport
        )
        var scanner = PreambleScanner()
        var outcome = PreambleScanner.Outcome.needMore
        _ = try program.readOutput(seconds: 20) {
            outcome = scanner.feed($0)
            return outcome != .needMore
        }
        guard outcome == .found(rest: []) else {
            throw ProgramFailure(description: "no preamble: \(outcome) \(scanner.banner)")
        }
        program.write(key)
    }

    /// Starts a probe with a plan.
    convenience init(_ executable: ProbeExecutable = .native, plan: CollectionPlan) throws {
        try self.init(executable)
        _ = try configure(plan)
    }

    func send(_ request: Request) throws {
        program.write(try sealer.seal(request.encode()))
    }

    func receive() throws -> Reply {
        var message = try opener.next()
        if message == nil {
            _ = try program.readOutput {
                opener.feed($0)
                message = try opener.next()
                return message != nil
            }
        }
        guard let message else { throw ProgramFailure(description: "the probe ended instead of answering") }
        return try Reply(decoding: message)
    }

    func snapshot() throws -> Snapshot {
        guard case .snapshot(let snapshot) = try receive() else {
            throw ProgramFailure(description: "a hello instead of a snapshot")
        }
        return snapshot
    }

    @discardableResult
    func configure(_ plan: CollectionPlan) throws -> (identity: HostIdentity, unknownMetrics: [UInt16]) {
        try send(.configure(plan))
        guard case .hello(let identity, let unknown) = try receive() else {
            throw ProgramFailure(description: "a snapshot instead of a hello")
        }
        return (identity, unknown)
    }

    func poll(withMetrics: Bool = true, _ commandsDue: UInt16...) throws -> Snapshot {
        sequence += 1
        try send(.poll(sequence: sequence, withMetrics: withMetrics, commandsDue: commandsDue))
        guard case .snapshot(let snapshot) = try receive(), snapshot.sequence == sequence else {
            throw ProgramFailure(description: "not the snapshot that was asked for")
        }
        return snapshot
    }

    /// Starts commands and asks until none of them runs.
    func run(_ commandsDue: UInt16...) throws -> [CommandResult] {
        sequence += 1
        try send(.poll(sequence: sequence, withMetrics: false, commandsDue: commandsDue))
        var results: [CommandResult] = []
        while case .snapshot(let snapshot) = try receive() {
            results += snapshot.commandResults
            if snapshot.commandsRunning == 0 { break }
            sequence += 1
            try send(.poll(sequence: sequence, withMetrics: false, commandsDue: []))
        }
        return results.sorted { $0.command < $1.command }
    }

    /// Closes the channel as the server does and waits for the probe.
    func end() throws -> Int32 {
        program.closeInput()
        return try program.waitForExit()
    }

    var processIdentifier: pid_t { program.processIdentifier }
}

extension CollectionPlan {
    /// Only commands, each with a deadline and a limit that do not matter.
    static func commands(_ runs: String...) -> CollectionPlan {
        CollectionPlan(
            metrics: [],
            commands: runs.map { CommandPlan(run: $0, deadlineMilliseconds: 20_000, outputLimitBytes: 10_000) }
        )
    }
}

extension CommandResult {
    var text: String { String(decoding: output, as: UTF8.self) }
}
