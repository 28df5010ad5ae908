import AccessLogs
import ArgumentParser
import Console
import Foundation
import Wire

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write a simulated access log: live, at exact average rates, or at full speed.",
        discussion: """
            Each phase gets exactly rate × duration requests, at random moments as independent visitors make them (a \
            Poisson process). The same --seed and --start give the same lines, live or --fast, with rotations between \
            the same lines.

              metricsd generate --output /tmp/access.log & metricsd watch /tmp/access.log
              metricsd generate --fast --rates 2000 --durations 1000 --output big.log
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case common, combined, w3c
    }

    @Option(
        parsing: .upToNextOption,
        help: "Requests per second, one number for each phase; 0 is a silence. (default: 9 11 8)"
    )
    var rates: [Double] = []

    @Option(
        parsing: .upToNextOption,
        help: "How long each phase lasts: 150, 150s, 2m. (default: 150 for each rate)"
    )
    var durations: [PhaseDuration] = []

    @Option(help: "How lines are written.")
    var format = Format.combined

    @Option(help: "The file that is appended to. (default: standard output)")
    var output: String?

    @Flag(help: "Write all of it at once, with the times that a live run would have had.")
    var fast = false

    @Option(
        help: """
            The time of the first phase's beginning in the log, as 2026-11-21T12:00:00Z. (default: now; with --fast so \
            that the log ends now)
            """
    )
    var start: StartTime?

    @Option(help: "Rotate the file as logrotate does: rename, or copytruncate.")
    var rotate: LogRotation.Method?

    @Option(name: .customLong("rotate-every"), help: "When to rotate: a duration such as 30s, or a size such as 10MB.")
    var rotateEvery: RotationInterval?

    @Option(name: .customLong("rotate-keep"), help: "How many rotated files are kept: FILE.1, the newest, FILE.2…")
    var rotateKeep = 5

    @Option(help: "A number that makes the output repeatable, together with --start. (default: random)")
    var seed: UInt64?

    func validate() throws {
        guard rates.allSatisfy({ $0 >= 0 && $0 <= 1e7 }) else {
            throw ValidationError("--rates are requests per second from 0 to 10000000")
        }
        guard durations.isEmpty || durations.count == phaseRates.count else {
            throw ValidationError(
                """
                \(counted(phaseRates.count, "rate")) but \(counted(durations.count, "duration")); give each rate its \
                duration, such as --rates 9 11 8 --durations 150 150 150
                """
            )
        }
        guard rotate == nil || output.map({ $0 != "-" }) ?? false else {
            throw ValidationError("standard output cannot be rotated; name a file with --output")
        }
        guard rotate != nil || rotateEvery == nil else {
            throw ValidationError("--rotate-every needs --rotate rename or --rotate copytruncate")
        }
        guard rotateKeep >= 1, rotateKeep <= 10_000 else {
            throw ValidationError("--rotate-keep is a number from 1 to 10000")
        }
    }

    private var phaseRates: [Double] { rates.isEmpty ? [9, 11, 8] : rates }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func phases() -> [TrafficPhase] {
        phaseRates.enumerated().map { index, rate in
            TrafficPhase(rate: rate, duration: durations.isEmpty ? .seconds(150) : durations[index].duration)
        }
    }

    func run() throws {
        let signals = RunSignals()
        let phases = phases()
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let length = phases.reduce(Duration.zero) { $0 + $1.duration }
        let early = fast ? length.components.seconds * 1_000 : 0
        let plan = TrafficGenerator.Plan(
            phases: phases,
            format: AccessLogFormat(rawValue: format.rawValue) ?? .combined,
            seed: seed ?? .random(in: 0 ... .max),
            start: start?.timestamp ?? Timestamp(milliseconds: now.milliseconds - early),
            rotation: rotate.map {
                LogRotation($0, every: rotateEvery?.interval ?? .time(.seconds(30)), keep: rotateKeep)
            },
            output: output == "-" ? nil : output
        )
        do {
            var generator = try TrafficGenerator(plan)
            try generator.run(clock: SignalledClock(signals), isLive: !fast)
        } catch  where error.isClosedPipe {
            return
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.inputOutput
        }
    }
}

/// The system's clock, whose waits end on SIGINT and SIGTERM.
private struct SignalledClock: TrafficClock {
    private let signals: RunSignals
    private let begin = ContinuousClock.now

    init(_ signals: RunSignals) {
        self.signals = signals
    }

    var elapsed: Duration { .now - begin }
    var isStopped: Bool { signals.isStopped }

    func wait(until end: Duration) {
        while !isStopped, end > elapsed {
            let (seconds, attoseconds) = (end - elapsed).components
            // A part at a time: nanoseconds of a long wait overflow.
            let nanoseconds = Int(min(seconds, 3_600)) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
            _ = signals.wait(for: .nanoseconds(nanoseconds))
        }
    }
}
