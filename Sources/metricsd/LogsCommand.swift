import ArgumentParser
import Foundation
import Glibc
import Monitor
import Wire

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the stored lines of all servers, merged by time.",
        discussion: """
            What <store> keeps is read from the state directory, whether metricsd runs or not. Lines are in the order of \
            their own times, less what the server's clock was off.

              metricsd logs --host 'web-*' --from 10:00 --to 10:20 --grep checkout
              metricsd logs --log access --follow
              metricsd logs --command disk-report --from -1d --format json

            Times are \(MomentText.allowed). A time of day that is still to come is yesterday's.
            """
    )

    @OptionGroup var config: ConfigurationOption

    @Option(help: "Only of this host; * and ? stand for other characters. May be given several times.")
    var host: [String] = []

    @Option(help: "Only of the logs with this name; * and ? as above. May be given several times.")
    var log: [String] = []

    @Option(
        help: "What this configured <command> printed, from the database; without --log instead of logs. Several times."
    )
    var command: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Lines of this time and later.", valueName: "time"))
    var from: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Lines before this time.", valueName: "time"))
    var to: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Lines with this text in them; of several, with all.", valueName: "text")
    )
    var grep: [String] = []

    @Flag(name: .customLong("ignore-case"), help: "--grep takes a…z and A…Z for the same.")
    var ignoreCase = false

    @Option(help: ArgumentHelp("Only the last of them.", valueName: "lines"))
    var tail: Int?

    @Flag(name: .shortAndLong, help: "Go on with what is stored from now on; without --from after the last ten lines.")
    var follow = false

    @Option(help: "text: behind the server's name. json: an object a line. raw: the lines alone.")
    var format = LineOutput.Format.text

    func validate() throws {
        if follow, to != nil { throw ValidationError("--follow goes on without end; leave out --to") }
        if let tail, !(0...100_000).contains(tail) { throw ValidationError("--tail takes 0 to 100000 lines") }
        if grep.contains("") { throw ValidationError("--grep needs a text to look for") }
        if ignoreCase, grep.isEmpty { throw ValidationError("--ignore-case is about --grep, which is not given") }
        let now = Timestamp.now
        let (from, to) = try period(now)
        if let from, let to, from >= to {
            throw ValidationError("--from \(from.rfc3339) is not before --to \(to.rfc3339)")
        }
    }

    /// A time of day that is still to come is yesterday's; but behind a `--from` of today, it is the end of today's.
    private func period(_ now: Timestamp) throws -> (from: Timestamp?, to: Timestamp?) {
        let start = try moment("--from", from, now)
        var end = try moment("--to", to, now)
        if let start, let time = end, start >= time, let to, MomentText.wasYesterday(to, time, now: now) {
            end = Timestamp(milliseconds: time.milliseconds + 86_400_000)
        }
        return (start, end)
    }

    private func moment(_ option: String, _ text: String?, _ now: Timestamp) throws -> Timestamp? {
        guard let text else { return nil }
        guard let moment = MomentText.parse(text, now: now) else {
            throw ValidationError("\(option) '\(text)' is no time; it takes \(MomentText.allowed)")
        }
        return moment
    }

    func run() throws {
        let settings = try config.load()
        // The files of all logs whose time it is are open.
        DescriptorLimit.raise()
        let now = Timestamp.now
        let (from, to) = try period(now)
        let selection = LogSelection(
            hosts: host,
            logs: log,
            commands: command,
            from: from,
            to: to,
            texts: grep,
            ignoresCase: ignoreCase,
            tail: tail ?? (follow && from == nil ? 10 : nil),
            follows: follow
        )
        let isTerminal = isatty(1) == 1
        let noColor = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let style = LineOutput.Style(format, isColored: isTerminal && !noColor, isForTerminal: isTerminal)
        let failures: Int
        do throws(LogViewError) {
            let view = try LogView(settings, selection, output: LineOutput(style)) { printError("metricsd: \($0)") }
            try view.run()
            failures = view.failures
        } catch {
            if error.kind != .closed { printError("metricsd: \(error)") }
            switch error.kind {
            case .closed: return
            case .usage: throw ExitCode.validationFailure
            case .unavailable: throw ExitCode.unavailable
            case .output: throw ExitCode.inputOutput
            }
        }
        if failures > 0 { throw ExitCode.noInput }
    }
}

extension LineOutput.Format: ExpressibleByArgument {}
