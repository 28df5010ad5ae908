import ArgumentParser
import Monitor

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the hosts with state and age of their data, and the open alerts."
    )

    @OptionGroup var config: ConfigurationOption

    func run() throws {
        let settings = try config.loadOrRemember()
        do {
            print(try StatusReport(settings).text(), terminator: "")
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.unavailable
        }
    }
}
