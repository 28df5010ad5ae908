import ArgumentParser
import Configuration
import Monitor

struct AuthorizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize",
        abstract: "Print the line of authorized_keys for a key that runs the installed probe and nothing else.",
        discussion: """
            The line goes to standard output, what to do with it to standard error. A key with such a line gives no shell, \
            no files and no forwarding; the probe itself refuses commands and logs that the line does not list. The host \
            needs probe="PATH" in the configuration.
            """
    )

    @OptionGroup var config: ConfigurationOption

    @Argument(help: "A host's name in the configuration.")
    var host: String

    func run() throws {
        let settings = try config.load()
        let target = try settings.hostArgument(host)
        do throws(HostAuthorization.Failure) {
            let authorization = try HostAuthorization(target, in: settings)
            print(authorization.line)
            for instruction in authorization.instructions { printError("\(host): \(instruction)") }
        } catch {
            printError("metricsd: \(error)")
            throw error.isOfConfiguration ? ExitCode.configuration : ExitCode.unavailable
        }
    }
}
