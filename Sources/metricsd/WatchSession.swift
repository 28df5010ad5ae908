import AccessLogs
import Console
import Foundation
import Monitor
import Wire

/// A run of `metricsd watch`: reads the log twice a second until it is stopped.
struct WatchSession {
    static let cadence = Duration.milliseconds(500)

    private let signals = RunSignals()
    private let log: FollowedLog
    private let idleExit: Duration?
    private var watch: LogWatch
    private var nextReport: ContinuousClock.Instant

    init(_ settings: LogWatch.Settings, fromStart: Bool, idleExit: Duration?) {
        log = FollowedLog(settings.path, start: fromStart ? .beginning : .end)
        watch = LogWatch(settings, cadence: Self.cadence, at: .now)
        nextReport = .now + settings.every
        self.idleExit = idleExit
    }

    /// Prints blocks of lines; what is wrong with the log goes to stderr.
    mutating func runPlain() {
        let paintsAlerts = TerminalColors.areWanted(on: STDOUT_FILENO)
        while true {
            let (events, isBehind) = log.read(into: &watch) { .now }
            tell(events, painted: paintsAlerts)
            let isOver = signals.isStopped || isIdle(isBehind) || isReaderGone
            if isOver || ContinuousClock.now >= nextReport {
                report(painted: paintsAlerts)
                nextReport = max(nextReport + watch.settings.every, .now)
            }
            if isOver { break }
            if !isBehind { _ = signals.wait(for: .milliseconds(500)) }
        }
        summarize()
    }

    /// Fills the terminal, redrawn in place, until `q` or a signal.
    mutating func runFullScreen(on screen: TerminalScreen, ringsBell: Bool) {
        while true {
            let (events, isBehind) = log.read(into: &watch) { .now }
            let isRaised = events.contains { if case .alert(let change) = $0 { change.kind == .raised } else { false } }
            if isRaised, ringsBell { screen.ringBell() }
            let isOver = signals.isStopped || isIdle(isBehind) || screen.isGone
            if isOver || ContinuousClock.now >= nextReport {
                _ = watch.report(at: .now)
                nextReport = max(nextReport + watch.settings.every, .now)
            }
            if isOver { break }
            let view = WatchScreen(rows: screen.rows, columns: screen.columns, utf8: screen.showsUTF8)
            screen.draw(view.lines(of: watch, at: .now))
            let key = screen.nextKey(within: isBehind ? .zero : Self.cadence)
            if key == .character("q") || key == .character("Q") { break }
            if key == .character("\u{c}") || key == .resize { screen.redraw() }
        }
        _ = watch.report(at: .now)
        screen.close()
        tell(watch.changes.map { .alert($0) }, painted: TerminalColors.areWanted(on: STDOUT_FILENO))
        if !watch.condition.isFollowing { tell(watch.notices.suffix(1).map { .notice($0.text) }, painted: false) }
        summarize()
    }

    private func summarize() {
        guard let all = watch.all else { return }
        let lines = PlainReport.summary(all.totals, of: watch.settings.path, format: watch.format)
        print(["since \(watch.started.clockText), \(lines[0])"] + lines.dropFirst())
    }

    private mutating func report(painted: Bool) {
        let now = Timestamp.now
        tell(watch.report(at: now), painted: painted)
        if let interval = watch.last { print(PlainReport.block(interval, of: watch, at: now)) }
    }

    private func tell(_ events: [LogWatch.Event], painted: Bool) {
        for event in events {
            switch event {
            case .notice(let text): printError("metricsd: \(text)")
            case .alert(let change):
                let color = change.kind == .raised ? "\u{1b}[1;31m" : "\u{1b}[32m"
                print([painted ? "\(color)\(change.text)\u{1b}[0m" : change.text])
            }
        }
    }

    private func print(_ lines: [String]) {
        StandardStream.output.write(lines.joined(separator: "\n") + "\n")
    }

    private func isIdle(_ isBehind: Bool) -> Bool {
        guard let idleExit, !isBehind else { return false }
        let last = max(watch.lastLine ?? watch.started, watch.started)
        return Timestamp.now.milliseconds - last.milliseconds >= idleExit.milliseconds
    }

    /// Nobody can see what is printed any more, as behind `| head`.
    private var isReaderGone: Bool {
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&output, 1, 0) > 0 && output.revents & Int16(POLLERR) != 0
    }
}

enum TerminalColors {
    /// https://no-color.org
    static func areWanted(on descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(descriptor) == 1 && environment["NO_COLOR"]?.isEmpty ?? true && environment["TERM"] != "dumb"
    }
}
