import ArgumentParser
import Configuration
import Foundation
import Logging
import Monitor

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Poll the hosts, store rows, send mails, until SIGTERM or SIGINT. The default.",
        discussion: """
            SIGHUP (away from a terminal) and SIGUSR2 have it read its configuration again, as `metricsd reload` does.
            SIGUSR1 has it log how punctual its polls are.
            """
    )

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Poll every host once, store, mail, and end; exit status 69 when any host failed.")
    var once = false

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = LogLevel.info

    /// swift-log's levels as words of the command line.
    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical

        var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
    }

    func run() throws {
        let settings = try config.load(showsWarnings: true)
        let signals = RunSignals()
        DescriptorLimit.raise()
        let screen = once ? nil : LiveScreen.onTerminal()
        let logger = Logger(label: "metricsd") { _ in
            var handler = LogfmtHandler(write: screen?.log ?? LogfmtHandler.standardError)
            handler.logLevel = logLevel.level
            return handler
        }
        let monitoring: Monitoring
        do {
            monitoring = try Monitoring(settings, mode: once ? .once : .continuous, logger: logger)
            try monitoring.start()
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.temporaryFailure
        }
        if once {
            signals.whenStopped(monitoring.cancellation())
            guard monitoring.finishOnce() else { throw ExitCode.unavailable }
            return
        }
        logger.info("started", metadata: ["hosts": "\(settings.hosts.count)", "config": "\(settings.file)"])
        screen?.begin()
        monitoring.whenJournalIsDamaged(signals.stop)
        attend(monitoring, signals, screen, logger)
        screen?.end()
        logger.info("ending on a signal")
        monitoring.stop()
        report(monitoring.counters.take(), to: logger)
        logger.info("ended")
        if monitoring.isJournalDamaged { throw ExitCode.temporaryFailure }
    }

    /// Blocks until a signal ends it.
    private func attend(_ monitoring: Monitoring, _ signals: RunSignals, _ screen: LiveScreen?, _ logger: Logger) {
        let manager = ServiceManager()
        manager.tell(.ready, status: monitoring.summary)
        defer { manager.tell(.stopping) }
        // Twice as often as is asked for (man 3 sd_watchdog_enabled).
        let beat = manager.watchdogInterval.map { $0 / 2 } ?? .seconds(600)
        let pause = screen == nil ? min(beat, .seconds(600)) : min(beat, .seconds(1))
        var nextReport = ContinuousClock.now + .seconds(600)
        while true {
            screen?.draw(monitoring.board.current)
            // Without it systemd ends a metricsd that records nothing any more, and starts another.
            if let limit = manager.watchdogInterval, monitoring.heartbeat.age < limit { manager.tell(.alive) }
            let event = signals.wait(for: .microseconds(Int(pause / .microseconds(1))))
            switch event {
            case .stop: return
            case .reload:
                manager.tell(.reloading)
                // It may wait for a disk to have room: that is no reason for another start, which would find none either.
                monitoring.reload {
                    if let limit = manager.watchdogInterval, monitoring.heartbeat.age < limit { manager.tell(.alive) }
                    return signals.isStopped
                }
                manager.tell(.ready, status: monitoring.summary)
            case .report, .none: break
            }
            if event == .report || ContinuousClock.now >= nextReport {
                nextReport = .now + .seconds(600)
                report(monitoring.counters.take(), to: logger)
            }
        }
    }

    private func report(_ totals: PollCounters.Totals, to logger: Logger) {
        logger.info(
            "polls since the last such line",
            metadata: [
                "polls": "\(totals.polls)", "skipped": "\(totals.skipped)",
                "worst_lateness_ms": "\(totals.worstLateness.milliseconds)",
            ]
        )
    }
}
