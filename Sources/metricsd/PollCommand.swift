import ArgumentParser
import Configuration
import Monitor

struct PollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll",
        abstract: "Poll one host once and print its values; nothing is stored."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, prometheus
    }

    @OptionGroup var config: ConfigurationOption

    @Argument(help: "A host's name in the configuration.")
    var host: String

    @Option(help: "How to print: table, json or prometheus (text exposition format).")
    var format = Format.table

    func run() throws {
        let settings = try config.load()
        let target = try settings.hostArgument(host)
        let poll: HostPoll
        do {
            poll = try HostPoll(target, in: settings)
        } catch {
            printError("metricsd: \(error)")
            throw ExitCode.unavailable
        }
        if let warning = poll.warning { printError("metricsd: \(warning)") }
        let format: HostPoll.Format =
            switch format {
            case .table: .table
            case .json: .json
            case .prometheus: .prometheus
            }
        print(poll.formatted(format), terminator: "")
    }
}
