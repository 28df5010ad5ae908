import ArgumentParser
import Configuration
import Foundation
import Monitor

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the running metricsd read its configuration again, without a restart.",
        discussion: """
            The file is checked first: one with errors changes nothing. Hosts that are as they were keep their sessions.
            SIGHUP does the same, without an answer.
            """
    )

    @OptionGroup var config: ConfigurationOption

    func run() throws {
        let settings: ServerConfiguration
        do {
            settings = try config.load(showsWarnings: true)
        } catch {
            printError("metricsd: nothing was reloaded: a running metricsd goes on with what it read before.")
            throw error
        }
        let outcome: ReloadOutcome
        do {
            outcome = try ReloadRequest(settings).send()
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.unavailable
        }
        if outcome.problem != nil {
            printError("metricsd: \(outcome.sentence)")
            throw ExitCode.configuration
        }
        print(outcome.sentence)
        let here = URL(fileURLWithPath: settings.file).standardizedFileURL.path
        guard outcome.file != here else { return }
        printError("metricsd: that was \(outcome.file), with which it was started; \(here) was only checked.")
    }
}
