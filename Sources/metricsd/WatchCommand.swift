import AccessLogs
import ArgumentParser
import Console
import Foundation
import Monitor
import Wire

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch a local access log: what comes, and an alert about high traffic.",
        discussion: """
            Follows the log from its end on, through rotations, and shows every 10 s what came. On a terminal it fills the \
            screen (q quits); elsewhere it prints blocks of lines.

              metricsd watch                                     /var/log/access.log
              metricsd watch /var/log/nginx/access.log --threshold 50 --window 5m
              metricsd watch access.log.1.gz --once              its totals, read at full speed
              zcat access.log.*.gz | metricsd watch - --once --json
              metricsd watch access.log --explain                how its lines are read
            """
    )

    @Argument(help: "The log; with --once also a file compressed by gzip, or - for standard input.")
    var file = "/var/log/access.log"

    @Option(help: "Requests per second, averaged over the window, above which the alert is raised. (default: 10)")
    var threshold: Double?

    @Option(
        help:
            "The average at or below which the alert is cleared, to keep it from coming and going. (default: the threshold)"
    )
    var clear: Double?

    @Option(help: "What the average is taken of, 1s…1h. (default: 2m)")
    var window: PhaseDuration?

    @Option(help: "How often it is shown what came, 1s…1h. (default: 10s)")
    var every: PhaseDuration?

    @Option(help: "How lines are written.")
    var format = AccessLogFormat.auto

    @Flag(name: .customLong("from-start"), help: "Begin with the lines that are there already.")
    var fromStart = false

    @Option(name: .customLong("idle-exit"), help: "End when no line came for so long, such as 30s.")
    var idleExit: PhaseDuration?

    @Flag(help: "Print blocks of lines on a terminal, too.")
    var plain = false

    @Flag(help: "Ring no bell when the alert is raised.")
    var quiet = false

    @Flag(help: "Read the whole log once, print its totals, and end.")
    var once = false

    @Flag(help: "With --once: one line of JSON.")
    var json = false

    @Flag(
        help:
            "Show how lines are read: the first request, and the first line of each kind that is not. FILE may be a line."
    )
    var explain = false

    func validate() throws {
        if explain, once { throw ValidationError("--explain and --once exclude each other") }
        if format == .plain, !explain {
            throw ValidationError(
                "requests are counted, and a plain log has none; with --explain it shows the lines' times"
            )
        }
        if json, !once { throw ValidationError("--json needs --once") }
        if once || explain {
            let others = [
                ("--threshold", threshold != nil), ("--clear", clear != nil), ("--window", window != nil),
                ("--every", every != nil),
                ("--idle-exit", idleExit != nil), ("--from-start", fromStart),
            ]
            if let other = others.first(where: \.1) {
                throw ValidationError("\(other.0) is for watching; --once and --explain read the log and end")
            }
        } else if file == "-" {
            throw ValidationError("standard input can be read with --once, not watched; name a file")
        }
        if let threshold, !(threshold >= 0 && threshold <= 1e9) {
            throw ValidationError("--threshold is a number of requests per second, 0 or more")
        }
        if let clear, !(clear >= 0 && clear <= threshold ?? 10) {
            throw ValidationError("--clear is a number of requests per second, at most the threshold")
        }
        for (name, value) in [("--window", window), ("--every", every)] {
            guard let value else { continue }
            guard value.duration >= .seconds(1), value.duration <= .seconds(3_600),
                name == "--every" || value.duration.components.attoseconds == 0
            else { throw ValidationError("\(name) is a duration from 1s to 1h, such as 90s or 2m") }
        }
        if let idleExit, idleExit.duration <= .zero { throw ValidationError("--idle-exit is a duration such as 30s") }
    }

    func run() throws {
        if once { return try readOnce() }
        if explain { return try explainLines() }
        let settings = LogWatch.Settings(
            path: URL(fileURLWithPath: file).path,
            format: format,
            threshold: threshold ?? 10,
            clear: clear,
            window: window?.duration ?? .seconds(120),
            every: every?.duration ?? .seconds(10)
        )
        var session = WatchSession(settings, fromStart: fromStart, idleExit: idleExit?.duration)
        if !plain, let screen = TerminalScreen(colors: TerminalColors.areWanted(on: STDOUT_FILENO)) {
            session.runFullScreen(on: screen, ringsBell: !quiet)
        } else {
            session.runPlain()
        }
    }

    private func readOnce() throws {
        var reader = LogReader(format: format, counting: .totals)
        let now = Timestamp.now
        try read { reader.read($0, file: 1, longLines: $1, arrival: now) }
        let format = reader.takeReading().decisions.last ?? (format == .auto ? nil : format.rawValue)
        let totals = reader.takeTotals()
        let lines = json ? [totals.json] : PlainReport.summary(totals, of: file, format: format)
        StandardStream.output.write(lines.joined(separator: "\n") + "\n")
        if totals.hits == 0, totals.unread.total > 0 { printError("metricsd: \(totals.unreadText(path: file))") }
    }

    private func explainLines() throws {
        var explanation = LogExplanation(format)
        // Lines begin with a client, a date or a #; a path that is mistyped shall be told as such.
        if file.contains(" "), !file.hasPrefix("/"), !file.hasPrefix("."), !FileManager.default.fileExists(atPath: file)
        {
            var line = file
            line.withUTF8 { explanation.read(UnsafeRawBufferPointer($0)) }
        } else {
            try read { explanation.read($0, longLines: $1) }
        }
        StandardStream.output.write((explanation.text + [explanation.summary]).joined(separator: "\n\n") + "\n")
    }

    /// All of the log, until a signal ends it.
    private func read(_ piece: (UnsafeRawBufferPointer, UInt32) -> Void) throws {
        do {
            let signals = RunSignals()
            try WholeLog(file).read(piece) { !signals.isStopped }
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.noInput
        }
    }
}

extension AccessLogFormat: ExpressibleByArgument {}
