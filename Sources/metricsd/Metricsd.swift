import ArgumentParser
import Foundation

@main
struct Metricsd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metricsd",
        abstract: "Watches Linux hosts over SSH without installing anything there; rows in MySQL, alerts by mail.",
        discussion: """
            Everything is configured in server_config.xml: --config FILE, else ./server_config.xml, else
            /etc/metricsd/server_config.xml.

            Exit status: 0 success, 64 usage, 66 a log cannot be read, 69 a host or service is unavailable, 74 a file
            cannot be written, 78 an error in the configuration.
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, CheckCommand.self, PollCommand.self, StatusCommand.self, SilenceCommand.self,
            WatchCommand.self, GenerateCommand.self, LogsCommand.self, ReloadCommand.self, HostCommand.self,
            AuthorizeCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )

    static func main() {
        // Writing to a connection that the other side has closed must be an error, not the end (man 7 signal).
        signal(SIGPIPE, SIG_IGN)
        main(nil)
    }
}

extension ExitCode {
    /// `EX_UNAVAILABLE` of sysexits.h.
    static let unavailable = ExitCode(69)
    /// `EX_NOINPUT` of sysexits.h.
    static let noInput = ExitCode(66)
    /// `EX_IOERR` of sysexits.h.
    static let inputOutput = ExitCode(74)
    /// `EX_CONFIG` of sysexits.h.
    static let configuration = ExitCode(78)
    /// `EX_TEMPFAIL` of sysexits.h: another metricsd holds the state directory, the disk is full…
    static let temporaryFailure = ExitCode(75)
}
